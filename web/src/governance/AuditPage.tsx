/** Who did what, when, from where; what it was before and after. Filters are chips; the list can be taken away as CSV. */
import { DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { FilterFold } from "@/ui/FilterFold";
import { useFormats } from "@/ui/formats";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { useAuditWords } from "./auditWords";
import { Difference } from "./Difference";
import "./audit.css";

type Entry = components["schemas"]["AuditEntryOut"];
type Where = Partial<Record<"actor" | "verb" | "subject" | "since" | "until", string>>;

const PAGE = 100;

export function Component() {
  const { t } = useTranslation("governance");
  const [search, setSearch] = useSearchParams();
  const where: Where = Object.fromEntries([...search].filter(([, value]) => value));
  const change = (part: Where) => {
    const next = Object.entries({ ...where, ...part }).filter((pair): pair is [string, string] => Boolean(pair[1]));
    setSearch(Object.fromEntries(next), { replace: true });
  };
  const key = new URLSearchParams(where).toString();
  return (
    <Page title={t("audit.title")} lead={t("audit.lead")} help={<><p>{t("audit.help.what")}</p><p>{t("audit.help.secret")}</p></>}>
      <Entries key={key} where={where} onWhere={change} exportTo={`/api/audit/export${key && `?${key}`}`} />
    </Page>
  );
}

function Entries({ where, onWhere, exportTo }: { where: Where; onWhere: (part: Where) => void; exportTo: string }) {
  const { t } = useTranslation("governance");
  const [older, setOlder] = useState<{ items: Entry[]; next: number | null | undefined }>();
  const [open, setOpen] = useState<number>();
  const first = api.useQuery("get", "/api/audit", { params: { query: { ...where, limit: PAGE } } });
  const rows = first.data && [...first.data.items, ...(older?.items ?? [])];
  const next = older ? older.next : first.data?.next;
  const more = async () => {
    const { data } = await fetcher.GET("/api/audit", { params: { query: { ...where, limit: PAGE, after: next ?? 0 } } });
    if (data) setOlder({ items: [...(older?.items ?? []), ...data.items], next: data.next });
  };
  const entry = rows?.find((row) => row.id === open);
  const total = first.data?.total ?? 0;
  const count = first.data?.total_is_capped ? t("audit.countCapped", { count: total }) : t("audit.count", { count: total });
  return (
    <>
      <RecordTable<Entry>
        name={t("audit.title")}
        columns={useColumns(onWhere)}
        rows={rows}
        rowKey={(row) => row.id}
        error={first.error}
        filters={
          <FilterFold set={Object.keys(where).length}>
            <Filters where={where} onWhere={onWhere} />
          </FilterFold>
        }
        exportTo={exportTo}
        onOpen={(row) => setOpen(row.id)}
        hasMore={typeof next === "number"}
        onMore={() => void more()}
        count={count}
        empty={{ title: t("audit.none"), text: t("audit.noneText") }}
      />
      <Difference entry={entry} onClose={() => setOpen(undefined)} />
    </>
  );
}

function useColumns(onWhere: (part: Where) => void): Column<Entry>[] {
  const { t } = useTranslation("governance");
  const { moment } = useFormats();
  const words = useAuditWords();
  const chip = (field: "actor" | "subject", value: string) => (
    <button type="button" className="audit-chip" title={t("audit.only", { value: words[field](value) })} onClick={() => onWhere({ [field]: value })}>
      {words[field](value)}
    </button>
  );
  return [
    { key: "at", title: t("audit.at"), render: (_, entry) => <span className="tabular">{moment(entry.at)}</span> },
    { key: "actor", title: t("audit.actor"), render: (_, entry) => chip("actor", entry.actor) },
    { key: "verb", title: t("audit.verb"), render: (_, entry) => words.verb(entry.verb) },
    { key: "subject", title: t("audit.subject"), render: (_, entry) => chip("subject", entry.subject) },
    { key: "origin", title: t("audit.origin"), render: (_, entry) => <span className="soft">{entry.origin || t("audit.who.system")}</span> },
  ];
}

function Filters({ where, onWhere }: { where: Where; onWhere: (part: Where) => void }) {
  const { t } = useTranslation("governance");
  const choices = api.useQuery("get", "/api/audit/choices");
  const words = useAuditWords();
  const period: [dayjs.Dayjs | null, dayjs.Dayjs | null] = [where.since ? dayjs(where.since) : null, where.until ? dayjs(where.until).subtract(1, "day") : null];
  const options = (values: string[] | undefined, label: (value: string) => string = String) => (values ?? []).map((value) => ({ value, label: label(value) }));
  return (
    <div className="audit-filters">
      <Select showSearch allowClear placeholder={t("audit.actor")} aria-label={t("audit.actor")} value={where.actor ?? null} options={options(choices.data?.actors, words.actor)} onChange={(actor) => onWhere({ actor: actor ?? "" })} />
      <Select showSearch allowClear placeholder={t("audit.verb")} aria-label={t("audit.verb")} value={where.verb ?? null} options={options(choices.data?.verbs, words.verb)} onChange={(verb) => onWhere({ verb: verb ?? "" })} />
      <Select
        showSearch
        allowClear
        placeholder={t("audit.kind")}
        aria-label={t("audit.kind")}
        value={where.subject ?? null}
        options={options(choices.data?.kinds.map((kind) => (kind === "company" ? kind : `${kind}:`)), words.kind)}
        onChange={(subject) => onWhere({ subject: subject ?? "" })}
      />
      <DatePicker.RangePicker
        value={period}
        allowEmpty={[true, true]}
        aria-label={t("audit.period")}
        onChange={(range) => onWhere({ since: range?.[0]?.startOf("day").toISOString() ?? "", until: range?.[1]?.add(1, "day").startOf("day").toISOString() ?? "" })}
      />
    </div>
  );
}
