/** Each column with what it means, beside what the first rows would become; problems stand at their rows. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Input, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, fetcher, refresh } from "@/api/client";
import { useSettled } from "@/segments/usePreview";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { ErrorNote, Loading } from "@/ui/States";
import { FIELDS, needsEvent, planOf, sentOf, type Plan } from "./mapping";
import { PreviewRows, RawRows, type Preview } from "./PreviewRows";
import type { Import } from "./upload";

export function Mapping({ job }: { job: Import }) {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const { message } = App.useApp();
  const go = useNavigate();
  const [plan, setPlan] = useState<Plan>(() => planOf(job));
  const preview = useLook(job, plan);
  const params = { path: { job_id: job.id } };
  const start = api.useMutation("post", "/api/imports/{job_id}/run", { onSuccess: () => refresh("/api/imports") });
  const cancel = api.useMutation("post", "/api/imports/{job_id}/cancel", {
    onSuccess: () => {
      void refresh("/api/imports");
      void message.info(t("import.discarded"));
      void go("/imports");
    },
  });
  const whole = preview.data?.problems.find((one) => one.row === 0);
  const set = (column: string, field: string) => setPlan({ ...plan, columns: { ...plan.columns, [column]: field } });
  const facts = [t("import.rows", { count: job.rows_total, shown: formats.exact(job.rows_total) }), t("import.columns", { count: job.columns.length }), ...(job.kind === "csv" ? [t("import.encoding", { encoding: job.encoding.toUpperCase(), delimiter: t(`delimiter.${NAMES[job.delimiter] ?? "comma"}`) })] : [t(`import.kind.${job.kind}`)])];
  return (
    <>
      {job.warnings.map((one) => (
        <Alert key={one} type="warning" showIcon title={one} className="import-note" />
      ))}
      <div className="import-facts soft">
        {facts.map((one) => (
          <span key={one}>{one}</span>
        ))}
      </div>
      <div className="import-mapping">
        <Section title={t("mapping.title")}>
          {needsEvent(plan, job.target) && <EventName plan={plan} onChange={setPlan} />}
          <ul className="mapping">
            {job.columns.map((column) => (
              <ColumnLine key={column} column={column} field={plan.columns[column] ?? "ignore"} job={job} sample={sampleOf(preview.data, column)} onChange={(field) => set(column, field)} />
            ))}
          </ul>
        </Section>
        <Look job={job} look={preview} />
      </div>
      {start.error && <ErrorNote error={start.error} />}
      <div className="import-actions">
        <Button type="primary" size="large" loading={start.isPending} disabled={whole !== undefined || preview.isPending} onClick={() => start.mutate({ params, body: { mapping: sentOf(plan) } })}>
          {t("import.start", { count: job.rows_total, shown: formats.exact(job.rows_total) })}
        </Button>
        <Button onClick={() => cancel.mutate({ params })} loading={cancel.isPending}>
          {t("import.discard")}
        </Button>
        {whole && <span className="import-why">{whole.cause}</span>}
      </div>
    </>
  );
}

const NAMES: Record<string, "comma" | "semicolon" | "tab" | "bar"> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" };

function useLook(job: Import, plan: Plan) {
  const asked = useSettled(JSON.stringify(sentOf(plan)));
  return useQuery({
    queryKey: ["get", "/api/imports/preview", job.id, asked],
    queryFn: async ({ signal }) => {
      const { data } = await fetcher.POST("/api/imports/{job_id}/preview", { params: { path: { job_id: job.id } }, body: { mapping: JSON.parse(asked) as Record<string, unknown> }, signal });
      return data as Preview;
    },
    placeholderData: keepPreviousData,
  });
}

function Look({ job, look }: { job: Import; look: ReturnType<typeof useLook> }) {
  const { t } = useTranslation("events");
  const [kind, setKind] = useState<"becomes" | "raw">("becomes");
  const kinds = (["becomes", "raw"] as const).map((one) => ({ value: one, label: t(`preview.kind.${one}`) }));
  return (
    <Section title={t("preview.title")} extra={<Segmented size="small" value={kind} onChange={setKind} options={kinds} aria-label={t("preview.which")} />}>
      {look.error ? <ErrorNote error={look.error} onRetry={() => void look.refetch()} /> : !look.data ? <Loading rows={8} /> : kind === "raw" ? <RawRows preview={look.data} /> : <PreviewRows preview={look.data} target={job.target} />}
    </Section>
  );
}

function sampleOf(preview: Preview | undefined, column: string): string {
  const rows = (preview?.rows ?? []) as Record<string, unknown>[];
  const found = rows.map((row) => row[column]).filter((value) => value !== null && value !== undefined && value !== "");
  return found.slice(0, 3).map(String).join(" · ");
}

interface LineProps {
  column: string;
  field: string;
  job: Import;
  sample: string;
  onChange: (field: string) => void;
}

function ColumnLine({ column, field, job, sample, onChange }: LineProps) {
  const { t } = useTranslation("events");
  const own = job.target === "customers" ? "trait" : "property";
  const named = field.startsWith(`${own}:`) ? field : `${own}:${column}`;
  // keys: field.*
  const options = [
    ...FIELDS[job.target].map((one) => ({ value: one, label: t(`field.${one.replace(":", "_")}`) })),
    { value: named, label: t(`mapping.${own}`, { name: named.slice(own.length + 1) }) },
    { value: "ignore", label: t("mapping.ignore") },
    ...(field.startsWith("consent:") && !FIELDS.customers.includes(field) ? [{ value: field, label: field }] : []),
  ];
  return (
    <li>
      <span className="mapping-column">
        <strong title={column}>{column}</strong>
        <span className="soft" title={sample}>
          {sample || t("mapping.emptyColumn")}
        </span>
      </span>
      <Select showSearch={{ optionFilterProp: "label" }} value={field} onChange={onChange} options={options} aria-label={t("mapping.meaning", { column })} className={field === "ignore" ? "mapping-ignored" : ""} />
    </li>
  );
}

function EventName({ plan, onChange }: { plan: Plan; onChange: (plan: Plan) => void }) {
  const { t } = useTranslation("events");
  return (
    <div className="mapping-event">
      <label htmlFor="event-name">{t("mapping.event")}</label>
      <Input id="event-name" value={plan.event} maxLength={255} placeholder={t("mapping.eventPlaceholder")} onChange={(event) => onChange({ ...plan, event: event.target.value })} />
      <span className="soft">{t("mapping.eventExplained")}</span>
    </div>
  );
}
