/** Rows that did not land: as they came, what is wrong, what to do; and another try for all of them. */
import { RedoOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useMay } from "@/ui/me";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { isOpen, shown, type Connection, type Refused } from "./types";
import "./sources.css";

const PAGE = 50;
const MOST_COLUMNS = 40;

export function RefusedTable({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const mayWrite = useMay("imports:write");
  const [limit, setLimit] = useState(PAGE);
  const path = { connection_id: connection.id };
  const rows = api.useQuery("get", "/api/connections/{connection_id}/refused", { params: { path, query: { limit } } });
  const replay = api.useMutation("post", "/api/connections/{connection_id}/run", {
    onSuccess: () => {
      void message.success(t("refused.replaying"));
      void refresh("/api/connections");
    },
    onError: (error) => void message.error(`${error.message}`),
  });
  const canReplay = mayWrite && connection.target !== "orders";
  const again = canReplay && (
    <Button icon={<RedoOutlined />} disabled={!rows.data?.total || isOpen(connection.last_run)} loading={replay.isPending} onClick={() => replay.mutate({ params: { path }, body: { replay: true, anew: false } })}>
      {t("refused.replay")}
    </Button>
  );
  return (
    <RecordTable<Refused>
      name={t("tab.refused")}
      columns={useColumns(rows.data?.items ?? [])}
      rows={rows.data?.items}
      rowKey={(row) => row.id}
      error={rows.error}
      filters={again || <span className="soft">{connection.target === "orders" ? t("refused.orders") : ""}</span>}
      exportTo={`/api/connections/${connection.id}/refused/export`}
      hasMore={typeof rows.data?.next === "number"}
      onMore={() => setLimit(limit + PAGE)}
      count={rows.data && t("refused.count", { count: rows.data.total })}
      empty={{ title: t("refused.empty"), text: t("refused.emptyText") }}
    />
  );
}

function useColumns(rows: readonly Refused[]): Column<Refused>[] {
  const { t } = useTranslation("sources");
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.content)))].slice(0, MOST_COLUMNS);
  const file: Column<Refused> = { key: "file", title: t("refused.file"), width: 160, render: (_, row) => <span className="refused-cell">{row.file}</span> };
  return [
    ...(rows.some((row) => row.file) ? [file] : []),
    { key: "row", title: t("refused.row"), width: 80, align: "right", render: (_, row) => row.row || "" },
    {
      key: "cause",
      title: t("refused.cause"),
      width: 340,
      render: (_, row) => (
        <span className="refused-cause">
          <strong>{row.cause}</strong>
          <span className="soft">{row.remedy}</span>
        </span>
      ),
    },
    ...names.map((name) => ({ key: `content:${name}`, title: name, render: (_: unknown, row: Refused) => <span className={row.field === name ? "refused-cell refused-cell-bad" : "refused-cell"}>{shown(row.content[name])}</span> })),
  ];
}
