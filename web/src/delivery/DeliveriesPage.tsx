/** Every message that was planned or sent: what became of it and why, in words. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api, fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import { CustomerPicker, type Picked } from "@/customers/CustomerPicker";
import { FilterFold } from "@/ui/FilterFold";
import { useCompany } from "@/ui/company";
import { Cut } from "@/ui/Cut";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { SourceLink, StateTag, useSourceName, type Delivery } from "./DeliveryParts";
import "./delivery.css";

type DeliveryPage = components["schemas"]["DeliveryPage"];
type State = Delivery["state"];
const PAGE = 100;
const STATES: State[] = ["reserved", "claimed", "handed", "delivered", "bounced", "failed", "suppressed", "unknown"];

export function Component() {
  const { t } = useTranslation("delivery");
  const [search, setSearch] = useSearchParams();
  const mayLaunch = useMay("campaigns:write");
  const [customer, setCustomer] = useState<Picked>();
  const set = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(search);
    if (value === undefined) next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true });
  };
  const state = (search.get("state") ?? undefined) as State | undefined;
  const source = search.get("source") ?? undefined;
  const channel = search.get("channel") ?? undefined;
  const customerId = search.get("customer") ?? undefined;
  const query = { sort: "newest" as const, ...(state && { state }), ...(source && { source }), ...(channel && { channel }), ...(customerId && { customer_id: Number(customerId) }) };
  const pages = useInfiniteQuery({
    queryKey: ["get", "/api/deliveries", query],
    queryFn: async ({ pageParam, signal }) => (await fetcher.GET("/api/deliveries", { params: { query: { ...query, after: pageParam, limit: PAGE } }, signal })).data as DeliveryPage,
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });
  const [first] = pages.data?.pages ?? [];
  const shown = pages.data?.pages.flatMap((page) => page.items);
  const opened = shown?.find((row) => String(row.id) === search.get("delivery"));
  const isFiltered = Object.keys(query).length > 1;
  const exported = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  const filters = (
    <FilterFold set={[state, source, channel, customerId].filter((one) => one !== undefined).length}>
      <Select allowClear className="filter" value={state} onChange={(value) => set("state", value)} placeholder={t("filter.state")} aria-label={t("filter.state")} options={STATES.map((value) => ({ value, label: t(`delivery.${value}`) }))} />
      <SourceFilter value={source} onChange={(value) => set("source", value)} />
      <ChannelFilter value={channel} onChange={(value) => set("channel", value)} />
      <CustomerPicker
        className="filter"
        value={customerId === undefined ? undefined : (customer ?? { id: Number(customerId), name: `#${customerId}` })}
        onChange={(picked) => {
          setCustomer(picked);
          set("customer", picked && String(picked.id));
        }}
        placeholder={t("filter.customer")}
      />
    </FilterFold>
  );
  return (
    <Page title={t("deliveries.title")} lead={t("deliveries.lead")} help={<><p>{t("deliveries.help.states")}</p><p>{t("deliveries.help.doubt")}</p></>}>
      <RecordTable<Delivery>
        name={t("deliveries.title")}
        columns={useColumns()}
        rows={shown}
        rowKey={(row) => row.id}
        error={pages.error}
        isLoading={pages.isFetchingNextPage}
        onOpen={(row) => set("delivery", String(row.id))}
        filters={filters}
        exportTo={`/api/deliveries/export?${exported}`}
        hasMore={pages.hasNextPage}
        onMore={() => void pages.fetchNextPage()}
        count={first?.total !== null && first?.total !== undefined && (first.total_is_capped ? t("deliveries.countMore", { count: first.total }) : t("deliveries.count", { count: first.total }))}
        empty={isFiltered ? { title: t("deliveries.none"), text: t("deliveries.noneText") } : { title: t("deliveries.empty"), text: t("deliveries.emptyText"), action: mayLaunch && <LinkButton type="primary" to="/campaigns/new">{t("deliveries.emptyAction")}</LinkButton> }}
      />
      <DeliveryDrawer delivery={opened} onClose={() => set("delivery", undefined)} />
    </Page>
  );
}

function useColumns(): Column<Delivery>[] {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const { now } = useCompany();
  const at = now();
  const when = (moment: string | null) => (moment === null ? null : <time dateTime={moment}>{formats.when(moment, at)}</time>);
  return [
    { key: "customer", title: t("column.customer"), width: 110, render: (_value, row) => <Link to={`/customers/${row.customer_id}`}>{row.customer_name}</Link> },
    { key: "state", title: t("column.state"), width: 105, render: (_value, row) => <StateTag state={row.state} /> },
    { key: "words", title: t("column.reason"), render: (_value, row) => row.words && <span className="reason"><Cut text={row.words} width={250} /></span> },
    { key: "source", title: t("column.source"), render: (_value, row) => <SourceLink source={row.source} round={row.round} /> },
    { key: "variant", title: t("column.variant"), width: 110, render: (_value, row) => (row.template_id === null ? row.variant_name : <Link to={`/templates/${row.template_id}?variant=${row.variant_id}`}>{row.variant_name}</Link>) },
    { key: "offer", title: t("column.offer"), width: 90, dataIndex: "offer_name" },
    { key: "channel", title: t("column.channel"), dataIndex: "channel", width: 80 },
    { key: "due", title: t("column.due"), width: 115, render: (_value, row) => when(row.handed_at ?? row.due_at) },
    { key: "opened", title: t("column.opened"), isOptional: true, render: (_value, row) => when(row.opened_at) },
    { key: "clicked", title: t("column.clicked"), isOptional: true, render: (_value, row) => when(row.clicked_at) },
    { key: "attempts", title: t("column.attempts"), isOptional: true, align: "right", dataIndex: "attempts" },
  ];
}

function SourceFilter({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const { t } = useTranslation("delivery");
  const sources = api.useQuery("get", "/api/deliveries/sources", {});
  const name = useSourceName();
  const options = (sources.data ?? []).map((source) => ({ value: source, label: name(source) }));
  return <Select allowClear className="filter" value={value} onChange={onChange} options={options} placeholder={t("filter.source")} aria-label={t("filter.source")} showSearch={{ optionFilterProp: "label" }} />;
}

function ChannelFilter({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const { t } = useTranslation("delivery");
  const channels = api.useQuery("get", "/api/channels", {});
  return <Select allowClear className="filter" value={value} onChange={onChange} options={(channels.data ?? []).map((one) => ({ value: one.name, label: one.name }))} placeholder={t("filter.channel")} aria-label={t("filter.channel")} />;
}
