/** Signing up, in and out: calls to `/api/auth/`, whose answers tell what is missing yet. */
import { freshCsrfToken } from "@/api/client";

interface Fault {
  message: string;
  code: string;
  param?: string;
}

interface Flow {
  id: string;
  is_pending?: boolean;
}

interface Body {
  data?: Record<string, unknown> & { flows?: Flow[] };
  meta?: Record<string, unknown>;
  errors?: Fault[];
  message?: string;
  remedy?: string;
  code?: string;
}

export interface AccountAnswer {
  /** 0 where the server could not be reached. */
  status: number;
  data: Record<string, unknown>;
  meta: Record<string, unknown>;
  faults: Fault[];
  /** The server waits for the code of the second factor. */
  needsCode: boolean;
  /** The server wants the password once more before it does this. */
  needsPassword: boolean;
}

function answerOf(status: number, body: Body): AccountAnswer {
  const flows = body.data?.flows ?? [];
  const own = body.message !== undefined ? [{ message: [body.message, body.remedy].filter(Boolean).join(" "), code: body.code ?? "" }] : [];
  return {
    status,
    data: body.data ?? {},
    meta: body.meta ?? {},
    faults: body.errors ?? own,
    needsCode: flows.some((flow) => flow.id === "mfa_authenticate" && flow.is_pending === true),
    needsPassword: status === 202 && body.meta?.is_authenticated === true,
  };
}

/** One call. 202 says that something is missing yet, such as the code of the second factor. Refusals are answers here, not exceptions: a wrong password is what a form is for. */
export async function account(method: "GET" | "POST" | "DELETE", path: string, body?: Record<string, unknown>): Promise<AccountAnswer> {
  const headers: Record<string, string> = { "Accept-Language": document.documentElement.lang, Accept: "application/json" };
  const init = method === "GET" ? { method, headers } : { method, headers, body: JSON.stringify(body ?? {}) };
  try {
    if (method !== "GET") Object.assign(headers, { "X-CSRFToken": await freshCsrfToken(), "Content-Type": "application/json" });
    const response = await fetch(`/api/auth/${path}`, init);
    const text = await response.text();
    return answerOf(response.status, text.startsWith("{") ? (JSON.parse(text) as Body) : {});
  } catch {
    return answerOf(0, {});
  }
}

/** Where to go after signing in: only to a page of our own. */
export function destination(search: URLSearchParams): string {
  const next = search.get("next") ?? "/";
  return next.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/";
}
