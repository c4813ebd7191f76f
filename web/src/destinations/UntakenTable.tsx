/** Rows that the destination refused when they were last offered. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { RecordTable, type Column } from "@/ui/RecordTable";
import type { Export, Untaken } from "./types";

const PAGE = 50;

export function UntakenTable({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const { when } = useFormats();
  const { now } = useCompany();
  const [limit, setLimit] = useState(PAGE);
  const rows = api.useQuery("get", "/api/exports/{export_id}/refused", { params: { path: { export_id: one.id }, query: { limit } } });
  const columns: Column<Untaken>[] = [
    { key: "customer", title: t("refused.customer"), width: 140, render: (_, row) => <Link to={`/customers/${row.customer_id}`}>{row.customer_id}</Link> },
    { key: "part", title: t("refused.part"), width: 140, render: (_, row) => row.part },
    { key: "cause", title: t("refused.cause"), render: (_, row) => row.cause },
    { key: "remedy", title: t("refused.remedy"), render: (_, row) => row.remedy },
    { key: "when", title: t("runs.when"), width: 140, render: (_, row) => <time dateTime={row.refused_at}>{when(row.refused_at, now())}</time> },
  ];
  return (
    <RecordTable<Untaken>
      name={t("tab.refused")}
      columns={columns}
      rows={rows.data?.items}
      rowKey={(row) => `${row.customer_id}/${row.part}`}
      error={rows.error}
      hasMore={typeof rows.data?.next === "number"}
      onMore={() => setLimit(limit + PAGE)}
      count={rows.data && t("refused.count", { count: rows.data.total })}
      empty={{ title: t("refused.empty"), text: t("refused.emptyText") }}
    />
  );
}
