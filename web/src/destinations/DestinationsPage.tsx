/** All exports: what they send where, how they are, when they ran and run next. */
import { PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api } from "@/api/client";
import { HealthTag } from "@/sources/Health";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import type { Listed } from "./types";
import "./destinations.css";

const PAGE = 50;
const LIVE_MS = 5000;

export function Component() {
  const { t } = useTranslation("destinations");
  const go = useNavigate();
  const mayWrite = useMay("imports:write");
  const [q, setQ] = useState("");
  const [limit, setLimit] = useState(PAGE);
  const listed = api.useQuery("get", "/api/exports", { params: { query: { q, limit } } }, { placeholderData: keepPreviousData, refetchInterval: LIVE_MS });
  const fresh = mayWrite && (
    <LinkButton type="primary" icon={<PlusOutlined />} to="/destinations/new">
      {t("list.new")}
    </LinkButton>
  );
  const empty = q === "" ? { title: t("list.empty"), text: t("list.emptyText"), action: fresh || undefined } : { title: t("list.none"), text: t("list.noneText") };
  return (
    <Page title={t("list.title")} lead={t("list.lead")} actions={fresh} help={<><p>{t("list.help.once")}</p><p>{t("list.help.figures")}</p></>}>
      <RecordTable<Listed>
        name={t("list.title")}
        columns={useColumns()}
        rows={listed.data?.items}
        rowKey={(row) => row.id}
        error={listed.error}
        onOpen={(row) => void go(`/destinations/${row.id}`)}
        filters={<Input prefix={<SearchOutlined aria-hidden />} allowClear value={q} onChange={(event) => setQ(event.target.value)} placeholder={t("list.search")} aria-label={t("list.search")} className="list-search" />}
        hasMore={typeof listed.data?.next === "number"}
        onMore={() => setLimit(limit + PAGE)}
        count={listed.data && t("list.count", { count: listed.data.total })}
        empty={empty}
      />
    </Page>
  );
}

function useColumns(): Column<Listed>[] {
  const { t } = useTranslation("destinations");
  const { when, number } = useFormats();
  const { now } = useCompany();
  // keys: plugin.* what.*
  return [
    {
      key: "name",
      title: t("list.name"),
      width: 260,
      render: (_, row) => (
        <span className="destination-name">
          <Link to={`/destinations/${row.id}`}>{row.name}</Link>
          <span className="soft">{t("list.sends", { what: t(`what.${row.what}`), plugin: t(`plugin.${row.plugin}`, { defaultValue: row.plugin }) })}</span>
        </span>
      ),
    },
    { key: "health", title: t("list.health"), width: 130, render: (_, row) => <HealthTag health={row.health} failure={row.last_run?.failure} /> },
    { key: "last", title: t("list.last"), width: 130, render: (_, row) => (row.last_run ? <time dateTime={row.last_run.queued_at}>{when(row.last_run.queued_at, now())}</time> : <span className="soft">{t("never")}</span>) },
    { key: "written", title: t("runs.written"), width: 120, align: "right", render: (_, row) => (row.last_run ? number(row.last_run.rows_written) : "") },
    { key: "refused", title: t("runs.refused"), width: 120, align: "right", render: (_, row) => (row.last_run ? <span className={row.last_run.rows_refused > 0 ? "attention" : ""}>{number(row.last_run.rows_refused)}</span> : "") },
    { key: "next", title: t("list.next"), width: 130, render: (_, row) => (row.next_run_at ? <time dateTime={row.next_run_at}>{when(row.next_run_at, now())}</time> : <span className="soft">{t("byHand")}</span>) },
  ];
}
