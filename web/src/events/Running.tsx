/** An import under way or ended: how far, how fast, what came of its rows, and those that were refused. */
import { DownloadOutlined } from "@ant-design/icons";
import { Button, Progress } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { Section } from "@/ui/Page";
import { FailureNote } from "@/ui/States";
import { Problems } from "./Problems";
import type { Import } from "./upload";

const OUTCOMES = ["created", "changed", "same", "bad"] as const;

/** `at`: when this state of it was read. */
export function Running({ job, at }: { job: Import; at: number }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const share = job.state === "done" ? 1 : job.rows_total > 0 ? Math.min(job.rows_read / job.rows_total, 0.99) : 0;
  const isLive = job.state === "queued" || job.state === "running" || job.state === "cancelling";
  return (
    <>
      {job.failure && <FailureNote failure={job.failure} className="import-note" />}
      <div className="import-run" aria-live="polite">
        <div className="import-run-head">
          <strong>{t(`state.${job.state}`)}</strong>
          <Pace job={job} at={at} />
          <Actions job={job} />
        </div>
        <Progress strokeColor="var(--accent)" percent={Math.floor(100 * share)} status={job.state === "failed" ? "exception" : isLive ? "active" : "normal"} aria-label={t("run.progress")} />
        <div className="import-run-figures">
          <Figure label={t("run.read")} explain={t("run.readExplained")} exact={formats.exact(job.rows_read)}>
            {formats.number(job.rows_read)}
          </Figure>
          {OUTCOMES.map((one) => (
            <Figure key={one} label={t(`run.${one}`)} explain={t(`run.explain.${job.target}.${one}`)} exact={formats.exact(job[`rows_${one}`])} tone={one === "bad" && job.rows_bad > 0 ? "attention" : "plain"}>
              {formats.number(job[`rows_${one}`])}
            </Figure>
          ))}
        </div>
        <p className="soft import-sum">{t("run.sum", { read: formats.exact(job.rows_read), created: formats.exact(job.rows_created), changed: formats.exact(job.rows_changed), same: formats.exact(job.rows_same), bad: formats.exact(job.rows_bad) })}</p>
      </div>
      {job.rows_bad > 0 && (
        <Section
          title={t("problem.title", { shown: formats.exact(job.rows_bad) })}
          extra={
            <Button size="small" icon={<DownloadOutlined />} href={`/api/imports/${job.id}/problems.csv`} download>
              {t("problem.download")}
            </Button>
          }
        >
          <p className="soft">{t("problem.mend")}</p>
          <Problems id={job.id} bad={job.rows_bad} />
        </Section>
      )}
    </>
  );
}

function Actions({ job }: { job: Import }) {
  const { t } = useTranslation("events");
  const params = { path: { job_id: job.id } };
  const cancel = api.useMutation("post", "/api/imports/{job_id}/cancel", { onSettled: () => refresh("/api/imports") });
  const resume = api.useMutation("post", "/api/imports/{job_id}/resume", { onSettled: () => refresh("/api/imports") });
  return (
    <span className="import-run-actions">
      {(job.state === "queued" || job.state === "running") && (
        <Button size="small" loading={cancel.isPending} onClick={() => cancel.mutate({ params })}>
          {t("run.stop")}
        </Button>
      )}
      {(job.state === "cancelled" || job.state === "failed") && (
        <Button size="small" loading={resume.isPending} onClick={() => resume.mutate({ params })}>
          {t("run.resume")}
        </Button>
      )}
      {job.state === "done" && <LinkButton to={job.target === "customers" ? "/customers" : "/events"}>{t(`run.look.${job.target}`)}</LinkButton>}
    </span>
  );
}

/** Rows a second since the page first saw it run, and how long the rest will take at that. */
function Pace({ job, at }: { job: Import; at: number }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const [first] = useState({ rows: job.rows_read, at });
  const seconds = (at - first.at) / 1000;
  const rate = seconds > 1 ? (job.rows_read - first.rows) / seconds : 0;
  if (job.state !== "running" || rate <= 0) return <span className="soft" />;
  const left = Math.max(job.rows_total - job.rows_read, 0) / rate;
  return <span className="soft tabular">{t("run.pace", { rate: formats.number(Math.round(rate)), left: left < 60 ? t("run.soon") : formats.duration(left) })}</span>;
}
