# One image for both programs of the cloud: `node smtp.mjs` and `node access.mjs`.
# For arm64 and x86: docker buildx build --platform linux/arm64,linux/amd64 .

# The build runs on the machine's own processor: what it makes is JavaScript, the same for all.
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY bin bin
COPY mail mail
COPY adapters adapters
RUN node_modules/.bin/esbuild bin/smtp.ts bin/access.ts bin/health.ts \
    --bundle --platform=node --target=node24 --format=esm --main-fields=module,main \
    --minify --sourcemap --sources-content=false --outdir=/out --out-extension:.js=.mjs \
    --banner:js="import{createRequire as makeRequire__}from'node:module';const require=makeRequire__(import.meta.url);"

FROM node:24-trixie-slim AS node

# The node binary needs no library that Debian does not have, and nothing else of its image is wanted: no npm, no yarn, no
# corepack. No command runs in this stage, so that it is built for arm64 on any machine without emulation.
FROM debian:trixie-slim
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /out /app
WORKDIR /app
ENV NODE_ENV=production
# What one check of a password takes, 19 MiB, goes back to the system when it is done.
ENV MALLOC_MMAP_THRESHOLD_=1048576
# Nobody: no home, no shell, nothing that it owns.
USER 10001:10001
CMD ["node", "smtp.mjs"]
