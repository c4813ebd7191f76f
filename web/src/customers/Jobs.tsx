/** Actions on many customers that run now, or ended a moment ago: how far, and a way to stop them. */
import { CloseOutlined } from "@ant-design/icons";
import { Button, Progress } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { FailureNote } from "@/ui/States";

type Job = components["schemas"]["JobOut"];
const LIVE = new Set<Job["state"]>(["queued", "running", "cancelling"]);
const AGAIN_MS = 1_500;
const LATELY_MS = 10 * 60_000;

export function Jobs() {
  const { now } = useCompany();
  const [hidden, hide] = useState<number[]>([]);
  const listed = api.useQuery("get", "/api/customers/jobs", {}, { refetchInterval: (query) => (query.state.data?.some((one) => LIVE.has(one.state)) ? AGAIN_MS : false) });
  useLive(["jobs"], () => void refresh("/api/customers"));
  const since = now().getTime() - LATELY_MS;
  const shown = listed.data?.filter((one) => !hidden.includes(one.id) && (LIVE.has(one.state) || new Date(one.finished_at ?? 0).getTime() > since)) ?? [];
  return (
    <div aria-live="polite">
      {shown.slice(0, 3).map((job) => (
        <JobLine key={job.id} job={job} onHide={() => hide([...hidden, job.id])} />
      ))}
    </div>
  );
}

function JobLine({ job, onHide }: { job: Job; onHide: () => void }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const mayWrite = useMay("customers:write");
  const cancel = api.useMutation("post", "/api/customers/jobs/{job_id}/cancel", { onSettled: () => refresh("/api/customers/jobs") });
  const isLive = LIVE.has(job.state);
  const share = job.total > 0 ? Math.floor((100 * job.done) / job.total) : job.state === "done" ? 100 : 0;
  const figures = { done: formats.exact(job.done), total: formats.exact(job.total), changed: formats.exact(job.changed) };
  return (
    <div className="customers-job" data-state={job.state}>
      <span className="customers-job-name">{t(`job.verb.${job.verb}`, nameOf(job))}</span>
      <Progress strokeColor="var(--accent)" percent={share} size="small" status={job.state === "failed" ? "exception" : isLive ? "active" : "normal"} aria-label={t("job.progress")} />
      <span className="soft tabular">{t(`job.state.${job.state}`, figures)}</span>
      {isLive && mayWrite && (
        <Button size="small" loading={cancel.isPending} disabled={job.state === "cancelling"} onClick={() => cancel.mutate({ params: { path: { job_id: job.id } } })}>
          {t("job.cancel")}
        </Button>
      )}
      {!isLive && <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("job.hide")} onClick={onHide} />}
      {job.failure && <FailureNote failure={job.failure} />}
    </div>
  );
}

function nameOf(job: Job): Record<string, string> {
  return Object.fromEntries(Object.entries(job.arguments as Record<string, unknown>).map(([name, value]) => [name, String(value)]));
}
