/** The one way to the server: a client typed by the server's own OpenAPI file. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import createFetch from "openapi-fetch";
import createHooks from "openapi-react-query";
import type { paths } from "./schema";

/** What the server says when it refuses: what happened and why, and what to do. */
export interface ErrorBody {
  code: string;
  message: string;
  remedy?: string | null;
  field?: string | null;
  row?: number | null;
  /** What another side's machine said. */
  technical?: string | null;
  /** What was not lost by it. */
  safe?: string | null;
}

/** A refused request. `status` 0 means that the server could not be reached; nothing was lost. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
  ) {
    super(body.message);
  }
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const listeners = new Set<(error: ApiError) => void>();

/** Be told of every refused request; returns how to stop. The shell shows lost connections and ended sessions. */
export function onApiError(listener: (error: ApiError) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function told(error: ApiError): ApiError {
  listeners.forEach((listener) => listener(error));
  return error;
}

/** The token that the server set in a cookie; a write must repeat it in a header. */
export function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** The token, asked for first where no answer has brought it yet: a person may press a button before the page's own questions are answered. */
export async function freshCsrfToken(): Promise<string> {
  if (!csrfToken()) await fetch("/api/front");
  return csrfToken();
}

async function bodyOf(response: Response): Promise<ErrorBody> {
  const fallback = { code: `http_${response.status}`, message: response.statusText };
  try {
    return { ...fallback, ...((await response.clone().json()) as Partial<ErrorBody>) };
  } catch {
    return fallback;
  }
}

async function sent(asked: Request): Promise<Response> {
  if (!SAFE.has(asked.method)) asked.headers.set("X-CSRFToken", await freshCsrfToken());
  return fetch(asked);
}

/** `fetch` with language, CSRF token and our errors. Throws ApiError. For forms and files; records go through `api`. */
export async function request(input: Request | string, init?: RequestInit): Promise<Response> {
  const asked = new Request(input, init);
  asked.headers.set("Accept-Language", document.documentElement.lang);
  if (wasActive()) asked.headers.set("X-Setpoint-Active", "1");
  const response = await sent(asked).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw told(new ApiError(0, { code: "offline", message: "offline" }));
  });
  if (!response.ok) throw told(new ApiError(response.status, await bodyOf(response)));
  return response;
}

const ACTIVE_FOR_MS = 60_000;
let lastActive = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"])
  window.addEventListener(kind, () => (lastActive = Date.now()), { passive: true, capture: true });

/** Did a person touch the page lately? Only then may a request keep the session alive. */
function wasActive(): boolean {
  return Date.now() - lastActive < ACTIVE_FOR_MS;
}

export const fetcher = createFetch<paths>({ baseUrl: "", fetch: request });

/** `api.useQuery("get", "/api/...", { params })`, `api.useMutation("post", "/api/...")`. */
export const api = createHooks(fetcher);

/** Retries only what a lost connection broke. */
export const queries = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => error instanceof ApiError && [0, 502, 503, 504].includes(error.status) && count < 5,
      retryDelay: (count) => Math.min(1000 * 2 ** count, 15_000),
      refetchOnWindowFocus: true,
    },
  },
});

/** Ask anew for everything read from the paths that begin so. */
export function refresh(...prefixes: string[]): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey }) => typeof queryKey[1] === "string" && prefixes.some((prefix) => (queryKey[1] as string).startsWith(prefix)),
  });
}
