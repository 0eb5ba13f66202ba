import { existsSync } from "node:fs";
import { dirname, join, normalize, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { anchorOf } from "./anchor.ts";

const DOCS = normalize(join(dirname(fileURLToPath(import.meta.url)), ".."));
const REPOSITORY = normalize(join(DOCS, ".."));

/** Where the repository's files can be read, such as https://git.acme.dev/platform/projectgitops/blob/main. */
const REPOSITORY_URL = process.env.REPOSITORY_URL;

/** A link as it stands in a page, to what it is on the site: READMEs are front pages, what is not in docs/ is elsewhere. */
function onSite(link: string, page: string): string {
  if (/^([a-z]+:|#|\/)/i.test(link)) return link;
  const path = posix.join(posix.dirname(`docs/${page}`), link);
  if (path.startsWith("docs/")) return link.replace(/(^|\/)README\.md(?=#|$)/, "$1index.md");
  return REPOSITORY_URL ? `${REPOSITORY_URL.replace(/\/$/, "")}/${path}` : link;
}

/** The groups of docs/README.md. */
const sidebar = [
  {
    text: "To begin",
    items: [
      { text: "Quick start", link: "/quick-start" },
      { text: "Concepts", link: "/concepts" },
      { text: "From hand-made scripts", link: "/import" },
      { text: "Beside other tools", link: "/comparison" },
      { text: "What is not there", link: "/not-there" },
    ],
  },
  {
    text: "To install and run",
    items: [
      { text: "Installing, upgrading, removing", link: "/install" },
      { text: "Installed by Flux", link: "/install-flux" },
      { text: "Operations", link: "/operations" },
      { text: "Security", link: "/security" },
      { text: "Limits", link: "/limits" },
      { text: "Credentials", link: "/credentials" },
      { text: "SSH authentication", link: "/ssh-authentication" },
      { text: "K3s from another machine", link: "/k3s" },
      { text: "Metrics", link: "/metrics" },
      { text: "What it is tested with", link: "/support-matrix" },
    ],
  },
  {
    text: "When something is wrong",
    items: [
      { text: "Troubleshooting", link: "/troubleshooting" },
      { text: "Findings", link: "/findings/" },
    ],
  },
  {
    text: "To look up",
    items: [
      { text: "Every field", link: "/reference" },
      { text: "Every verb", link: "/cli/" },
      { text: "In an editor", link: "/editors" },
      { text: "What v1alpha1 promises", link: "/api-stability" },
      { text: "BunK8sClient", link: "/client" },
      { text: "Services", link: "/services" },
    ],
  },
  {
    text: "Why, and how it is shown",
    items: [
      { text: "Why polling, Bun, 117 MB", link: "/why-polling-and-bun" },
      { text: "Measured", link: "/measured" },
      { text: "How it is measured", link: "/measuring" },
      { text: "Faults", link: "/faults" },
      { text: "What could not be shown", link: "/unshown" },
    ],
  },
];

export default defineConfig({
  title: "ProjectGitOps",
  description: "One object for a project on Flux: namespaces, credentials, deployers, Flux objects",
  outDir: join(DOCS, "dist"),
  cacheDir: join(DOCS, "node_modules", ".cache"),
  // A folder's README is its front page, as on a git host.
  rewrites: { "README.md": "index.md", ":folder/README.md": ":folder/index.md" },
  cleanUrls: true,
  // Pages link to files of the repository beside docs/, which are no pages: those that exist are no dead links.
  ignoreDeadLinks: [
    (link: string, source?: string) =>
      [dirname(resolve(DOCS, source ?? "README.md")), REPOSITORY].some((folder) =>
        ["", ".md"].some((end) => existsSync(normalize(join(folder, link.replace(/[#?].*$/, "") + end)))),
      ),
  ],
  // Angle brackets in the pages are text, never HTML; comments are for those who read the source.
  markdown: {
    html: false,
    anchor: { slugify: anchorOf },
    headers: { slugify: anchorOf },
    toc: { slugify: anchorOf },
    config: (md) => {
      md.core.ruler.before("normalize", "comments", (state) => {
        state.src = state.src.replaceAll(/^ *<!--.*?-->$/gms, "");
      });
      md.core.ruler.push("links", ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === "link_open" ? token.attrGet("href") : null;
          if (href !== null) token.attrSet("href", onSite(href, env.relativePath));
        }
      });
    },
  },
  themeConfig: { sidebar, outline: [2, 3], search: { provider: "local" } },
});
