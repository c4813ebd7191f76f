/** What a page shows when there is nothing, not yet anything, or something went wrong. */
import { Alert, Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type ErrorBody } from "@/api/client";
import { usePalette } from "./scheme";
import "./page.css";

/** Nothing here yet: what this place is for and the next step. */
export function EmptyState({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  const colours = usePalette();
  return (
    <div className="empty">
      <svg width="72" height="40" viewBox="0 0 72 40" aria-hidden="true">
        <path d="M2 8h68" stroke={colours.soft} strokeWidth="1.500" strokeDasharray="5 4" />
        <path d="M4 36c14-2 18-9 30-14" stroke={colours.accent} strokeWidth="2.500" fill="none" strokeLinecap="round" />
        <circle cx="34" cy="22" r="3" fill={colours.accent} />
      </svg>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** An error: what happened and why, what to do; the server's words where it answered. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation("ui");
  const isOffline = error instanceof ApiError && error.status === 0;
  const message = isOffline ? t("error.offline") : error instanceof ApiError ? error.body.message : t("error.unknown");
  const remedy = isOffline ? t("error.offlineRemedy") : error instanceof ApiError ? error.body.remedy : t("error.unknownRemedy");
  const retry = onRetry && (
    <Button size="small" onClick={onRetry}>
      {t("retry")}
    </Button>
  );
  return <FailureNote failure={{ ...(error instanceof ApiError && !isOffline && error.body), message, remedy }} action={retry} />;
}

/** What a failure says, whether it was kept with some work or has just been answered. */
export type Failure = Pick<ErrorBody, "message" | "remedy" | "safe" | "technical">;

/** A failure in words: what happened, what to do, what was not lost; what the machines said unfolds. */
export function FailureNote({ failure, action, className }: { failure: Failure; action?: ReactNode; className?: string }) {
  const { message, remedy, safe, technical } = failure;
  const description = (remedy || safe || technical) && (
    <>
      {[remedy, safe].filter(Boolean).join(" ")}
      {technical && <Technical words={technical} />}
    </>
  );
  return <Alert type="error" showIcon title={message} description={description || undefined} action={action} className={className ?? ""} />;
}

/** What the machines said, for those who look after them. */
export function Technical({ words }: { words: string }) {
  const { t } = useTranslation("ui");
  return (
    <details className="failure-technical">
      <summary>{t("error.technical")}</summary>
      <code>{words}</code>
    </details>
  );
}

/** Skeleton lines while a page or a part is on its way. */
export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation("ui");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** Show the answer of a query, its skeleton, or its error with a way to ask again. Old data stays while new comes. */
export function Answer<T>({ of, children, rows }: { of: Asked<T>; children: (data: T) => ReactNode; rows?: number }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.isPending) return <Loading rows={rows ?? 4} />;
  return <ErrorNote error={of.error} onRetry={() => void of.refetch()} />;
}
