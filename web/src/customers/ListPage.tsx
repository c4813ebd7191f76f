/** All customers: found by a word, narrowed by conditions, ordered, chosen and acted on; quick with a million. */
import { ImportOutlined, LeftOutlined, RightOutlined } from "@ant-design/icons";
import { keepPreviousData } from "@tanstack/react-query";
import { Button } from "antd";
import type { Key } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable } from "@/ui/RecordTable";
import { BulkBar } from "./BulkBar";
import { FIRST_SHOWN, TRAIT, useColumns, type Person } from "./columns";
import { Filters } from "./Filters";
import { Jobs } from "./Jobs";
import { usePreferences } from "./preferences";
import { isNarrow, PAGE, useFilter, useView, type Filter, type Place } from "./view";
import { Views } from "./Views";
import "./customers.css";

export function Component() {
  const { t } = useTranslation("customers");
  const go = useNavigate();
  const mayImport = useMay("imports:write");
  const { view, place, show } = useView();
  const { preferences, keep } = usePreferences();
  const shown = preferences.columns ?? FIRST_SHOWN;
  const filter = useFilter(view);
  const traits = shown.filter((key) => key.startsWith(TRAIT)).map((key) => key.slice(TRAIT.length));
  const known = api.useQuery("get", "/api/customers/traits");
  const query = { ...filter, ...place, sort: view.sort, limit: PAGE, traits: traits.join(",") };
  const listed = api.useQuery("get", "/api/customers", { params: { query } }, { placeholderData: keepPreviousData });
  const columns = useColumns(Object.keys(known.data ?? {}), view.sort);
  const bring = mayImport && (
    <LinkButton type="primary" icon={<ImportOutlined />} to="/imports/new">
      {t("list.import")}
    </LinkButton>
  );
  const onShow = (saved: { view: typeof view; columns?: string[] }) => {
    if (saved.columns) keep({ columns: saved.columns });
    show(saved.view);
  };
  const onSort = (key: string, direction: "asc" | "desc" | null) => show({ sort: direction === null ? "-created" : direction === "desc" ? `-${key}` : key });
  const filters = (
    <>
      <Views view={view} columns={shown} preferences={preferences} keep={keep} onShow={onShow} />
      <Filters view={view} onChange={show} />
    </>
  );
  const renderBulk = (keys: Key[], clear: () => void) => <BulkBar ids={keys.map(Number)} filter={filter} total={listed.data?.total ?? 0} traits={traits} clear={clear} />;
  const help = ["find", "filter", "choose", "keys"].map((part) => <p key={part}>{t(`list.help.${part}`)}</p>);
  return (
    <Page title={t("list.title")} lead={t("list.lead")} actions={bring} help={<>{help}</>}>
      <Jobs />
      <RecordTable<Person>
        name={t("list.title")}
        columns={columns}
        rows={listed.data?.items}
        rowKey={(row) => row.id}
        error={listed.error}
        isLoading={listed.isFetching && !listed.data}
        onOpen={(row) => void go(`/customers/${row.id}`)}
        filters={filters}
        exportTo={exportOf(filter, traits)}
        bulk={renderBulk}
        shown={shown}
        onShown={(keys) => keep({ columns: keys })}
        onSort={onSort}
        count={listed.data && <Pager page={listed.data} onGo={(to) => show({}, to)} />}
        empty={isNarrow(view) ? { title: t("list.none"), text: t("list.noneText") } : { title: t("list.empty"), text: t("list.emptyText"), action: bring }}
      />
    </Page>
  );
}

function exportOf(filter: Filter, traits: string[]): string {
  const told = Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]);
  const named: [string, string][] = traits.length > 0 ? [["traits", traits.join(",")]] : [];
  return `/api/customers/export?${new URLSearchParams([...told, ...named]).toString()}`;
}

interface Listed {
  total: number;
  capped: boolean;
  next: string | null;
  previous: string | null;
}

function Pager({ page, onGo }: { page: Listed; onGo: (place: Place) => void }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const told = { count: page.total, shown: formats.exact(page.total) };
  const explain = page.capped ? t("list.countCapped") : t("list.countExplained");
  return (
    <span className="customers-pager">
      <Figure label={t("list.countLabel")} explain={explain} exact={formats.exact(page.total)} layout="bare" size="small">
        {page.capped ? t("list.countAtLeast", told) : t("list.count", told)}
      </Figure>
      <Button size="small" icon={<LeftOutlined />} disabled={page.previous === null} onClick={() => onGo({ before: page.previous ?? "" })} aria-label={t("list.previous")} />
      <Button size="small" icon={<RightOutlined />} disabled={page.next === null} onClick={() => onGo({ after: page.next ?? "" })} aria-label={t("list.next")} />
    </span>
  );
}
