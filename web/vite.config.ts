import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const SMALLEST = 1024;

/** Compress once at build time, so that the server only picks a file. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const [name, file] of Object.entries(bundle)) {
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          if (source.length < SMALLEST || !/\.(js|css|svg|json)$/.test(name)) continue;
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
          this.emitFile({ type: "asset", fileName: `${name}.br`, source: brotliCompressSync(source, { params }) });
          this.emitFile({ type: "asset", fileName: `${name}.gz`, source: gzipSync(source) });
        }
      },
    },
  };
}

/** Ant Design's icons call themselves by their file's name ("setting Settings"); ours are silent unless somebody names them. */
function silentIcons(): Plugin {
  const named = /role: "img",\s+"aria-label": icon\.name/;
  return {
    name: "silent-icons",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("@ant-design/icons/es/components/AntdIcon")) return undefined;
      if (!named.test(code)) this.error("AntdIcon has changed: its name is set elsewhere now.");
      return code.replace(named, '...(restProps["aria-label"] ? { role: "img" } : { "aria-hidden": true })');
    },
  };
}

const server = process.env.SETPOINT_BASE_URL ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/app/" : "/",
  plugins: [silentIcons(), react(), precompressed()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  html: { cspNonce: "__NONCE__" },
  build: {
    outDir: "build/app",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(["/api", "/_allauth", "/static/ninja", "/content/frame"].map((path) => [path, { target: server, changeOrigin: false }])) },
}));
