/** Connections or exports: found by name; each with its way, how it is, when it ran and runs next. */
import { PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { Input } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { HealthTag } from "../Health";
import type { Flow } from "./types";
import "../sources.css";

const PAGE = 50;
export const LIST_LIVE_MS = 5000;

export function useFlowSearch() {
  const [q, setQ] = useState("");
  const [limit, setLimit] = useState(PAGE);
  return { q, limit, setQ, more: () => setLimit(limit + PAGE) };
}

interface Props<One> {
  home: string;
  words: { title: string; lead: string; fresh: string; search: string; way: string; empty: string; emptyText: string; none: string; noneText: string; count?: string | undefined };
  help: ReactNode;
  search: ReturnType<typeof useFlowSearch>;
  listed: { data: { items: One[]; next?: number | null } | undefined; error: unknown };
  /** From where to where, in words. */
  way: (row: One) => string;
  figures: Column<One>[];
  exportTo?: string;
}

export function FlowList<One extends Flow>({ home, words, help, search, listed, way, figures, exportTo }: Props<One>) {
  const go = useNavigate();
  const mayWrite = useMay("imports:write");
  const fresh = mayWrite && (
    <LinkButton type="primary" icon={<PlusOutlined />} to={`${home}/new`}>
      {words.fresh}
    </LinkButton>
  );
  const empty = search.q === "" ? { title: words.empty, text: words.emptyText, action: fresh || undefined } : { title: words.none, text: words.noneText };
  const field = <Input prefix={<SearchOutlined aria-hidden />} allowClear value={search.q} onChange={(event) => search.setQ(event.target.value)} placeholder={words.search} aria-label={words.search} className="flow-search" />;
  return (
    <Page title={words.title} lead={words.lead} actions={fresh} help={help}>
      <RecordTable<One>
        name={words.title}
        columns={useColumns(home, words.way, way, figures)}
        rows={listed.data?.items}
        rowKey={(row) => row.id}
        error={listed.error}
        onOpen={(row) => void go(`${home}/${row.id}`)}
        filters={field}
        exportTo={exportTo}
        hasMore={typeof listed.data?.next === "number"}
        onMore={search.more}
        count={words.count}
        empty={empty}
      />
    </Page>
  );
}

function useColumns<One extends Flow>(home: string, wayTitle: string, way: (row: One) => string, figures: Column<One>[]): Column<One>[] {
  const { t } = useTranslation("sources");
  const { when } = useFormats();
  const { now } = useCompany();
  const at = (moment: string | null | undefined, otherwise: string) => (moment ? <time dateTime={moment}>{when(moment, now())}</time> : <span className="soft">{otherwise}</span>);
  return [
    { key: "name", title: t("list.name"), width: 170, render: (_, row) => <Link to={`${home}/${row.id}`}>{row.name}</Link> },
    { key: "health", title: t("list.health"), width: 120, render: (_, row) => <HealthTag health={row.health} failure={row.last_run?.failure} /> },
    { key: "way", title: wayTitle, width: 220, render: (_, row) => <span className="soft">{way(row)}</span> },
    { key: "last", title: t("list.last"), width: 130, render: (_, row) => at(row.last_run?.queued_at, t("never")) },
    ...figures,
    { key: "next", title: t("list.next"), width: 130, render: (_, row) => at(row.next_run_at, t("byHand")) },
  ];
}
