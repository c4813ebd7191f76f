/** All imports: what was brought, by whom, and what came of it. */
import { ImportOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { Progress } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import type { Import } from "./upload";
import "./events.css";

const PAGE = 50;

export function Component() {
  const { t } = useTranslation("events");
  const go = useNavigate();
  const [limit, setLimit] = useState(PAGE);
  const listed = api.useQuery("get", "/api/imports", { params: { query: { limit } } }, { placeholderData: keepPreviousData });
  useLive(["imports"], () => void refresh("/api/imports"));
  const columns = useColumns();
  const bring = (
    <LinkButton type="primary" icon={<ImportOutlined />} to="/imports/new">
      {t("list.new")}
    </LinkButton>
  );
  return (
    <Page title={t("list.title")} lead={t("list.lead")} actions={bring} help={<p>{t("list.help")}</p>}>
      <RecordTable<Import>
        name={t("list.title")}
        columns={columns}
        rows={listed.data}
        rowKey={(row) => row.id}
        error={listed.error}
        isLoading={listed.isFetching && !listed.data}
        onOpen={(row) => void go(`/imports/${row.id}`)}
        hasMore={listed.data !== undefined && listed.data.length === limit && limit < 200}
        onMore={() => setLimit(limit + PAGE)}
        empty={{ title: t("list.empty"), text: t("list.emptyText"), action: bring }}
      />
    </Page>
  );
}

function useColumns(): Column<Import>[] {
  const { t } = useTranslation("events");
  const formats = useFormats();
  const { now } = useCompany();
  const number = (key: "rows_created" | "rows_changed" | "rows_same" | "rows_bad"): Column<Import> => ({
    key,
    title: t(`run.${key.replace("rows_", "") as "created"}`),
    width: 110,
    align: "right",
    render: (_value, row) => (row.state === "created" ? "" : formats.exact(row[key])),
  });
  return [
    { key: "name", title: t("list.name"), width: 260, ellipsis: true, render: (_value, row) => <Link to={`/imports/${row.id}`}>{row.name}</Link> },
    { key: "target", title: t("list.target"), width: 110, render: (_value, row) => t(`target.${row.target}`) },
    { key: "state", title: t("list.state"), width: 190, render: (_value, row) => <State job={row} /> },
    number("rows_created"),
    number("rows_changed"),
    number("rows_same"),
    number("rows_bad"),
    { key: "at", title: t("list.at"), width: 140, render: (_value, row) => <time dateTime={row.created_at}>{formats.when(row.created_at, now())}</time> },
  ];
}

function State({ job }: { job: Import }) {
  const { t } = useTranslation("events");
  const share = job.rows_total > 0 ? Math.floor((100 * job.rows_read) / job.rows_total) : 0;
  if (job.state === "running") return <Progress strokeColor="var(--accent)" percent={share} size="small" aria-label={t("run.progress")} />;
  return (
    <span className="import-state" data-state={job.state}>
      {t(`state.${job.state}`)}
    </span>
  );
}
