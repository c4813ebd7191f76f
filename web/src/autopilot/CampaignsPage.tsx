/** All campaigns: filtered by state, searched, sorted, exported; two to six of them side by side. */
import { SearchOutlined } from "@ant-design/icons";
import { Button, Input, Segmented } from "antd";
import { useDeferredValue, useState, type Key } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import { FilterFold } from "@/ui/FilterFold";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable } from "@/ui/RecordTable";
import { useCampaignColumns } from "./columns";
import type { CampaignRow } from "./words";
import "./lists.css";

const STATES = ["running", "paused", "draft", "ended"] as const;
type State = (typeof STATES)[number];
const STEP = 50;
const MOST = 200;

const SORTS: Record<string, string> = { name: "name", launched: "launched_at", created: "created_at" };

function Bulk({ keys, clear }: { keys: Key[]; clear: () => void }) {
  const { t } = useTranslation("autopilot");
  const isTooFewOrMany = keys.length < 2 || keys.length > 6;
  return (
    <>
      <span>{t("list.chosen", { count: keys.length })}</span>
      <LinkButton type="primary" size="small" disabled={isTooFewOrMany} to={`/campaigns/compare?${keys.map((key) => `id=${key}`).join("&")}`}>
        {t("list.compare")}
      </LinkButton>
      <Button size="small" onClick={clear}>
        {t("list.clear")}
      </Button>
      {isTooFewOrMany && <span className="soft">{t("list.compareHow")}</span>}
    </>
  );
}

export function Component() {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const go = useNavigate();
  const mayWrite = useMay("campaigns:write");
  const [state, setState] = useState<State | "all">("all");
  const [text, setText] = useState("");
  const [sort, setSort] = useState("-id");
  const [limit, setLimit] = useState(STEP);
  const q = useDeferredValue(text.trim());
  const filters = { q, sort: sort as "-id", ...(state !== "all" && { state: [state] }) };
  const asked = api.useQuery("get", "/api/campaigns", { params: { query: { ...filters, limit } } }, { placeholderData: (old) => old });
  useLive(["campaigns"], () => void refresh("/api/campaigns"));
  const columns = useCampaignColumns();
  const states = asked.data?.states ?? {};
  const every = Object.values(states).reduce((sum, count) => sum + count, 0);
  const search = new URLSearchParams({ q, sort, ...(state !== "all" && { state }) });
  const bulk = (keys: Key[], clear: () => void) => <Bulk keys={keys} clear={clear} />;
  const filterBar = (
    <>
      <FilterFold set={Number(state !== "all")}>
        <Segmented
          aria-label={t("list.state")}
          value={state}
          onChange={setState}
          options={[{ value: "all" as const, label: `${t("list.all")} ${every}` }, ...STATES.map((value) => ({ value, label: `${t(`state.${value}`)} ${states[value] ?? 0}` }))]}
        />
        {/* keys: state.* */}
      </FilterFold>
      <Input className="list-search" allowClear prefix={<SearchOutlined aria-hidden />} placeholder={t("list.search")} aria-label={t("list.search")} value={text} onChange={(event) => setText(event.target.value)} />
    </>
  );
  return (
    <Page title={t("campaigns")} lead={t("list.lead")} help={<p>{t("help.list")}</p>} actions={mayWrite && <LinkButton type="primary" to="/campaigns/new">{t("list.new")}</LinkButton>}>
      <RecordTable<CampaignRow>
        name={t("campaigns")}
        columns={columns}
        rows={asked.data?.items}
        error={asked.error}
        isLoading={asked.isFetching && asked.data === undefined}
        rowKey={(row) => row.id}
        onOpen={(row) => void go(`/campaigns/${row.id}`)}
        filters={filterBar}
        exportTo={`/api/campaigns/export?${search}`}
        onSort={(key, direction) => setSort(direction && SORTS[key] ? `${direction === "desc" ? "-" : ""}${SORTS[key]}` : "-id")}
        bulk={bulk}
        hasMore={asked.data?.next !== null && asked.data !== undefined && limit < MOST}
        onMore={() => setLimit(Math.min(limit + STEP, MOST))}
        count={asked.data && t("list.count", { count: asked.data.total, n: f.number(asked.data.total) })}
        empty={q || state !== "all" ? { title: t("list.noneFit"), text: t("list.noneFitText") } : { title: t("list.none"), text: t("list.noneText"), action: mayWrite && <LinkButton type="primary" to="/campaigns/new">{t("list.new")}</LinkButton> }}
      />
    </Page>
  );
}
