/** Lines to paste: code, the same in every language. */
export const SNIPPETS = {
  curl: (origin: string) => `curl -u YOUR_WRITE_KEY: ${origin}/v1/track \\
  -H 'Content-Type: application/json' \\
  -d '{
    "userId": "42",
    "event": "Order Completed",
    "properties": {"total": 59.90, "currency": "EUR"}
  }'`,
  javascript: (origin: string) => `import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load(
  { writeKey: "YOUR_WRITE_KEY" },
  { integrations: { "Segment.io": {
      apiHost: "${origin.replace(/^https?:\/\//, "")}/v1",
      protocol: "${origin.startsWith("https") ? "https" : "http"}" } } },
);
analytics.identify("42", { email: "ann@example.com" });
analytics.track("Order Completed", { total: 59.9 });`,
  python: (origin: string) => `import segment.analytics as analytics

analytics.write_key = "YOUR_WRITE_KEY"
analytics.host = "${origin}"
analytics.identify("42", {"email": "ann@example.com"})
analytics.track("42", "Order Completed", {"total": 59.90})
analytics.flush()`,
} as const;

export type SnippetName = keyof typeof SNIPPETS;
