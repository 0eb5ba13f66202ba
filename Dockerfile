# syntax=docker/dockerfile:1
# Both bases are arguments, so that a mirror or a hardened base takes no edit here; with their host's name, for podman.
ARG BUILD_BASE=docker.io/library/node:22-bookworm-slim
# libc and CA certificates: all that a program compiled by Bun needs. No shell, no package manager, no OpenSSL.
ARG RUN_BASE=gcr.io/distroless/base-nossl-debian12:nonroot

# Runs on the builder's own processor and compiles for the other: nothing is emulated.
FROM --platform=${BUILDPLATFORM} ${BUILD_BASE} AS build
WORKDIR /src
# What is in the program comes first, Bun among it: this layer is kept until the lock file changes.
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --loglevel=error
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY crds/ crds/
COPY deploy/ deploy/
COPY src/ src/
ARG TARGETARCH
# Bun's run time for another processor comes from npm, and is kept.
RUN --mount=type=cache,target=/root/.bun node_modules/.bin/bun scripts/build.ts --arch "${TARGETARCH}"

# Said, because buildah before 1.30 would take the platform of the stage above.
FROM --platform=${TARGETPLATFORM} ${RUN_BASE}
# What the labels say; the release gives all three.
ARG VERSION=unreleased
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="ProjectGitOps" \
      org.opencontainers.image.description="A Kubernetes operator: one ProjectGitOps object makes the namespaces, git credentials, deployer identities and Flux objects of a project, in the right order" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /src/dist/projectgitops /usr/local/bin/projectgitops
# By number, so that runAsNonRoot can be checked. Nothing is written: the root may be read-only.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/projectgitops"]
CMD ["run"]
