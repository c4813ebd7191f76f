/** A search over all customers: start it, see how far it has come, stop it, read what it found. */
import { SearchOutlined } from "@ant-design/icons";
import { Button, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { ErrorNote, FailureNote } from "@/ui/States";
import { LIVE, type Run } from "./types";

const AGAIN_MS = 1_500;

function useRuns() {
  const isLive = (runs: Run[] | undefined) => runs?.some((run) => LIVE.has(run.state)) ?? false;
  return api.useQuery("get", "/api/identity/runs", {}, { refetchInterval: (query) => (isLive(query.state.data) ? AGAIN_MS : false) });
}

/** Ask for a search; while one runs there is no second. */
export function SearchButton() {
  const { t } = useTranslation("identity");
  const runs = useRuns();
  const mayWrite = useMay("customers:write");
  const start = api.useMutation("post", "/api/identity/runs", { onSettled: () => refresh("/api/identity") });
  if (!mayWrite) return null;
  const isLive = runs.data?.some((run) => LIVE.has(run.state)) ?? false;
  return (
    <Button type="primary" icon={<SearchOutlined />} loading={start.isPending} disabled={isLive} onClick={() => start.mutate({})}>
      {t("search.start")}
    </Button>
  );
}

/** The newest search: progress while it runs, then what it found. */
export function SearchBar() {
  const runs = useRuns();
  const newest = runs.data?.[0];
  if (runs.error) return <ErrorNote error={runs.error} onRetry={() => void runs.refetch()} />;
  if (!newest) return null;
  if (LIVE.has(newest.state)) return <Running run={newest} />;
  return <Ended run={newest} />;
}

function Running({ run }: { run: Run }) {
  const { t } = useTranslation("identity");
  const mayWrite = useMay("customers:write");
  const cancel = api.useMutation("post", "/api/identity/runs/{run_id}/cancel", { onSettled: () => refresh("/api/identity") });
  // keys: search.stage.*
  const stage = run.stage === "" ? t("search.stage.queued") : t(`search.stage.${run.stage}`);
  return (
    <div className="identity-run" role="status">
      <span>{run.state === "cancelling" ? t("search.cancelling") : stage}</span>
      <Progress percent={Math.round(run.progress * 100)} size="small" status="active" aria-label={t("search.progress")} />
      {mayWrite && (
        <Button size="small" disabled={run.state === "cancelling"} loading={cancel.isPending} onClick={() => cancel.mutate({ params: { path: { run_id: run.id } } })}>
          {t("search.cancel")}
        </Button>
      )}
    </div>
  );
}

function Ended({ run }: { run: Run }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const { now } = useCompany();
  if (run.failure) return <FailureNote className="identity-note" failure={run.failure} />;
  const when = run.finished_at ? formats.when(run.finished_at, now()) : "";
  if (run.state === "cancelled") return <p className="identity-note soft">{t("search.cancelled", { when })}</p>;
  if (run.verb === "accept") return <p className="identity-note soft">{t("search.accepted", { when, count: run.merged })}</p>;
  return (
    <div className="identity-found">
      <Figure label={t("search.found")} explain={t("search.foundExplain")} size="small" layout="beside">
        {formats.number(run.found)}
      </Figure>
      <Figure label={t("search.merged")} explain={t("search.mergedExplain")} size="small" layout="beside">
        {formats.number(run.merged)}
      </Figure>
      <Figure label={t("search.customers")} explain={t("search.customersExplain", { columns: run.columns.map((column) => column.name).join(", ") })} size="small" layout="beside">
        {formats.number(run.customers ?? 0)}
      </Figure>
      <Figure label={t("search.pairs")} explain={t("search.pairsExplain")} exact={formats.exact(run.compared_pairs ?? 0)} size="small" layout="beside">
        {formats.number(run.compared_pairs ?? 0)}
      </Figure>
      <span className="soft">{when}</span>
    </div>
  );
}
