# syntax=docker/dockerfile:1
# Both bases are arguments, so that a mirror or a hardened base takes no edit here.
ARG BUILD_BASE=node:22-bookworm-slim
ARG RUN_BASE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_BASE} AS build
WORKDIR /src
# Dependencies first: this layer is kept until the lock file changes. Bun is one of them.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-fund --no-audit
COPY tsconfig.json ./
COPY scripts/build.ts scripts/with-bun.mjs scripts/
COPY crds/ crds/
COPY deploy/ deploy/
COPY src/ src/
ARG TARGETARCH
RUN node scripts/with-bun.mjs scripts/build.ts --arch "${TARGETARCH}"

FROM ${RUN_BASE}
COPY --from=build /src/dist/projectgitops /usr/local/bin/projectgitops
# By number, so that runAsNonRoot can be checked. Nothing is written: the root may be read-only.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/projectgitops"]
CMD ["run"]
