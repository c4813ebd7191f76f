/** All merges, the newest first: who, by what, decided by whom; each can be undone. */
import { keepPreviousData } from "@tanstack/react-query";
import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { Evidence } from "./Evidence";
import type { Merge } from "./types";
import { UndoButton } from "./UndoButton";

const PAGE = 50;
const MOST = 200;
const STATES = ["all", "held", "undone"] as const;
type State = (typeof STATES)[number];

export function MergeTable() {
  const { t } = useTranslation("identity");
  const [state, setState] = useState<State>("all");
  const [limit, setLimit] = useState(PAGE);
  const listed = api.useQuery("get", "/api/identity/merges", { params: { query: { state, limit } } }, { placeholderData: keepPreviousData });
  const columns = useColumns();
  // keys: merge.state.*
  return (
    <RecordTable<Merge>
      name={t("view.merges")}
      columns={columns}
      rows={listed.data?.items}
      rowKey={(row) => row.id}
      error={listed.error}
      isLoading={listed.isFetching && !listed.data}
      filters={<Segmented<State> value={state} onChange={setState} aria-label={t("merge.which")} options={STATES.map((value) => ({ value, label: t(`merge.state.${value}`) }))} />}
      exportTo={`/api/identity/merges/export?state=${state}`}
      hasMore={listed.data?.next != null && limit < MOST}
      onMore={() => setLimit(limit + PAGE)}
      count={listed.data && t("merge.count", { count: listed.data.total })}
      empty={{ title: t("merge.empty"), text: t("merge.emptyText") }}
    />
  );
}

function useColumns(): Column<Merge>[] {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const { now } = useCompany();
  // keys: method.*
  return [
    {
      key: "who",
      title: t("merge.who"),
      width: 280,
      render: (_value, row) => (
        <span className="merge-who">
          <Link to={`/customers/${row.survivor_id}`}>{row.first.name}</Link>
          <span className="soft">{"+"}</span>
          <span>{row.second.name}</span>
        </span>
      ),
    },
    { key: "evidence", title: t("merge.evidence"), render: (_value, row) => <Evidence merge={row} /> },
    { key: "method", title: t("merge.method"), width: 170, render: (_value, row) => <span>{row.method === "person" ? row.actor : t(`method.${row.method}`)}</span> },
    { key: "at", title: t("merge.at"), width: 130, render: (_value, row) => <time dateTime={row.at}>{formats.when(row.at, now())}</time> },
    { key: "undo", title: "", width: 190, render: (_value, row) => <UndoButton merge={row} /> },
  ];
}
