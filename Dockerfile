# Two images of one package.
#   docker build --target server -t anchorgym-server .     environment servers: no model, no onnxruntime
#   docker build --target client -t anchorgym-client .     the learner: train, eval, rollout
# Debian, because onnxruntime has no build for musl. Plain syntax that the classic builder reads as well.

FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
RUN npm install --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY proto proto
COPY platform platform
COPY envs envs
COPY server server
COPY client client
COPY conformance conformance
COPY cli cli
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM build AS server-files
RUN rm -rf node_modules/onnxruntime-node node_modules/onnxruntime-common node_modules/tsx node_modules/esbuild \
  node_modules/@esbuild node_modules/@huggingface \
  && find node_modules -mindepth 1 -maxdepth 1 -type d -empty -delete

FROM node:24-bookworm-slim AS server
WORKDIR /app
ENV NODE_ENV=production
COPY --from=server-files /app/package.json ./
COPY --from=server-files /app/node_modules node_modules
COPY --from=server-files /app/dist dist
RUN mkdir log && chown node:node log
USER node
VOLUME ["/app/log"]
EXPOSE 50051
# A server under TLS needs ANCHORGYM_HEALTH_CERTIFICATE: the path of the certificate that it serves (server/README.md).
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "dist/cli/health-check.js", "127.0.0.1:50051"]
CMD ["node", "dist/cli/main.js", "serve", "--env", "household", "--host", "0.0.0.0", "--port", "50051", \
  "--log-dir", "/app/log"]

FROM node:24-bookworm-slim AS client
WORKDIR /app
# Large memory pages for what is allocated, where the host gives them on request: training gains about 5 %.
ENV NODE_ENV=production GLIBC_TUNABLES=glibc.malloc.hugetlb=1
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY configs configs
RUN mkdir runs && chown node:node runs
USER node
VOLUME ["/app/runs"]
CMD ["node", "dist/cli/main.js", "train", "configs/household-gigpo.yaml"]
