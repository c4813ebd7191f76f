/** Reports of all launched campaigns: open, download, share. */
import { DownloadOutlined, ShareAltOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { GoalCell, MoneyCell, ProvenCell } from "./columns";
import { downloads } from "./report/downloads";
import { Shares } from "./report/Shares";
import { Status } from "./Status";
import type { CampaignRow } from "./words";
import "./lists.css";

export function Component() {
  const { t, i18n } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const go = useNavigate();
  const mayWrite = useMay("campaigns:write");
  const [limit, setLimit] = useState(50);
  const [shared, share] = useState<CampaignRow>();
  const asked = api.useQuery("get", "/api/campaigns", { params: { query: { launched: true, sort: "-launched_at", limit } } }, { placeholderData: (old) => old });
  const columns: Column<CampaignRow>[] = [
    { key: "name", title: t("col.name"), render: (_, row) => <Link to={`/reports/${row.id}`}>{row.name}</Link> },
    { key: "state", title: t("col.state"), render: (_, row) => <Status state={row.state} outcome={row.outcome} waitingFor={row.waiting_for} /> },
    { key: "goal", title: t("col.goal"), render: (_, row) => <GoalCell row={row} /> },
    { key: "proven", title: t("col.proven"), align: "right", render: (_, row) => <ProvenCell row={row} /> },
    { key: "money", title: t("col.money"), render: (_, row) => <MoneyCell row={row} /> },
    { key: "ended", title: t("col.ended"), render: (_, row) => (row.ended_at ? f.when(row.ended_at, now()) : <span className="soft">{t("report.live")}</span>) },
    {
      key: "do",
      title: t("col.report"),
      align: "right",
      render: (_, row) => (
        <>
          <Dropdown menu={{ items: downloads(row.id, i18n.language, t) }} trigger={["click"]}>
            <Button type="text" size="small" icon={<DownloadOutlined />} aria-label={t("report.downloadOf", { name: row.name })} />
          </Dropdown>
          <Button type="text" size="small" icon={<ShareAltOutlined />} aria-label={t("report.shareOf", { name: row.name })} onClick={() => share(row)} />
        </>
      ),
    },
  ];
  return (
    <Page title={t("report.title")} lead={t("report.lead")} help={<p>{t("help.reports")}</p>}>
      <RecordTable<CampaignRow>
        name={t("report.title")}
        columns={columns}
        rows={asked.data?.items}
        error={asked.error}
        isLoading={asked.isFetching && asked.data === undefined}
        rowKey={(row) => row.id}
        onOpen={(row) => void go(`/reports/${row.id}`)}
        exportTo="/api/campaigns/export?launched=true"
        hasMore={asked.data?.next !== null && asked.data !== undefined && limit < 200}
        onMore={() => setLimit(limit + 50)}
        count={asked.data && t("list.count", { count: asked.data.total, n: f.number(asked.data.total) })}
        empty={{ title: t("report.none"), text: t("report.noneText"), action: mayWrite && <LinkButton type="primary" to="/campaigns/new">{t("list.new")}</LinkButton> }}
      />
      {shared && <Shares id={shared.id} name={shared.name} onClose={() => share(undefined)} />}
    </Page>
  );
}
