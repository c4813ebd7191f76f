/** All connections: what they bring, how they are, when they ran and run next. */
import { keepPreviousData } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useFormats } from "@/ui/formats";
import type { Column } from "@/ui/RecordTable";
import { FlowList, LIST_LIVE_MS, useFlowSearch } from "./flow/FlowList";
import type { Listed } from "./types";
import { useWay } from "./useWay";

export function Component() {
  const { t } = useTranslation("sources");
  const search = useFlowSearch();
  const { q, limit } = search;
  const listed = api.useQuery("get", "/api/connections", { params: { query: { q, limit } } }, { placeholderData: keepPreviousData, refetchInterval: LIST_LIVE_MS });
  const words = {
    title: t("list.title"),
    lead: t("list.lead"),
    fresh: t("list.new"),
    search: t("list.search"),
    way: t("list.way"),
    empty: t("list.empty"),
    emptyText: t("list.emptyText"),
    none: t("list.none"),
    noneText: t("list.noneText"),
    count: listed.data && t("list.count", { count: listed.data.total }),
  };
  const help = <><p>{t("list.help.once")}</p><p>{t("list.help.figures")}</p></>;
  return <FlowList<Listed> home="/sources" words={words} help={help} search={search} listed={listed} way={useWay()} figures={useFigures()} exportTo={`/api/connections/export?q=${encodeURIComponent(q)}`} />;
}

function useFigures(): Column<Listed>[] {
  const { t } = useTranslation("sources");
  const { number } = useFormats();
  return [
    { key: "rows", title: t("list.rows"), width: 110, align: "right", render: (_, row) => (row.last_run ? number(row.last_run.rows_read) : "") },
    { key: "refused", title: t("list.refused"), width: 110, align: "right", render: (_, row) => (row.last_run ? <span className={row.last_run.rows_refused > 0 ? "attention" : ""}>{number(row.last_run.rows_refused)}</span> : "") },
  ];
}
