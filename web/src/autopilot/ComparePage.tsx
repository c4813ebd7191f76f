/** Two to six campaigns side by side: cost per increment, lift, what is proven, spend. */
import { Alert, Select } from "antd";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { Page, Section } from "@/ui/Page";
import { Answer, EmptyState } from "@/ui/States";
import { Intervals } from "./Intervals";
import { Status } from "./Status";
import { useAmounts, type CampaignRow } from "./words";
import "./lists.css";

type Comparison = components["schemas"]["Comparison"];
type Item = Comparison["items"][number];

function Amount({ row, value, proven = false }: { row: CampaignRow; value: number | null; proven?: boolean }) {
  const amounts = useAmounts(row.metric);
  if (value === null) return <>–</>;
  return <>{proven ? amounts.proven(value) : amounts.say(value)}</>;
}

function useLines(comparison: Comparison) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const share = (value: number | null) => (value === null ? "–" : f.percent(value, 1));
  const span = (pair: { low: number; high: number } | null, say: (value: number) => string) => pair && <span className="compare-note">{t("compare.span", { low: say(pair.low), high: say(pair.high) })}</span>;
  const lines: { key: string; cell: (item: Item) => React.ReactNode }[] = [
    { key: "state", cell: ({ row }) => <Status state={row.state} outcome={row.outcome} waitingFor={row.waiting_for} hasError={row.has_error} /> },
    { key: "target", cell: ({ row }) => <Amount row={row} value={row.target} /> },
    { key: "estimate", cell: (item) => <><Amount row={item.row} value={item.row.estimate} />{item.interval && <IntervalNote item={item} />}</> },
    { key: "proven", cell: ({ row, is_proven: isProven }) => (isProven ? <strong><Amount row={row} value={row.proven_at_least} proven /></strong> : <span className="soft">{row.estimate === null ? "–" : t("goal.notProven")}</span>) },
    { key: "lift", cell: (item) => <>{share(item.lift)}{span(item.lift_interval, (value) => f.percent(value, 1))}</> },
    {
      key: "cost",
      cell: (item) => (
        <span className={comparison.best === item.row.id ? "compare-best" : ""}>
          {item.cost_per_increment === null ? "–" : f.money(item.cost_per_increment)}
          {comparison.best === item.row.id && <span className="compare-note">{t("compare.best")}</span>}
          {span(item.cost_interval, f.money)}
        </span>
      ),
    },
    { key: "spent", cell: (item) => f.money(item.spent) },
    { key: "revenue", cell: (item) => (item.incremental_revenue === null ? "–" : f.money(item.incremental_revenue)) },
    { key: "messages", cell: (item) => f.number(item.messages) },
    { key: "audience", cell: (item) => f.number(item.audience) },
    { key: "rounds", cell: (item) => f.number(item.rounds) },
    { key: "days", cell: (item) => (item.days === null ? "–" : f.number(Math.round(item.days))) },
  ];
  return lines;
}

function IntervalNote({ item }: { item: Item }) {
  const { t } = useTranslation("autopilot");
  const amounts = useAmounts(item.row.metric);
  if (!item.interval) return null;
  return <span className="compare-note">{t("compare.span", { low: amounts.say(item.interval.low), high: amounts.say(item.interval.high) })}</span>;
}

function Body({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const lines = useLines(comparison);
  const { items } = comparison;
  return (
    <>
      {!comparison.comparable && <Alert type="warning" showIcon title={t("compare.unlike")} description={t("compare.unlikeText")} style={{ marginBottom: 12 }} />}
      <Section title={t("compare.lift")}>
        <Intervals
          rows={items.map((item) => ({
            key: item.row.id,
            name: item.row.name,
            low: item.lift_interval?.low ?? null,
            middle: item.lift,
            high: item.lift_interval?.high ?? null,
            isProven: item.is_proven,
            words: item.lift === null ? t("compare.noLift") : t("compare.liftWords", { name: item.row.name, lift: f.percent(item.lift, 1), low: f.percent(item.lift_interval?.low ?? 0, 1), high: f.percent(item.lift_interval?.high ?? 0, 1) }),
          }))}
        />
      </Section>
      <Section title={t("compare.table")}>
        <div className="compare">
          <table>
            <thead>
              <tr>
                <td aria-label={t("compare.table")} />
                {items.map(({ row }) => (
                  <th key={row.id} scope="col">
                    <Link to={`/campaigns/${row.id}`}>{row.name}</Link>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map(({ key, cell }) => (
                <tr key={key}>
                  <th scope="row">
                    <Figure layout="bare" label={t(`compare.${key}`)} explain={t(`compareExplain.${key}`)}>
                      {t(`compare.${key}`)}
                    </Figure>
                  </th>
                  {/* keys: compare.*, compareExplain.* */}
                  {items.map((item) => (
                    <td key={item.row.id}>{cell(item)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
    </>
  );
}

const FEWEST = 2;
const MOST = 6;
type Known = Pick<CampaignRow, "id" | "name">;

/** Adds campaigns and takes them away. A chosen one is named by what was found or compared before. */
function Picker({ ids, compared, onChange }: { ids: number[]; compared: readonly Known[]; onChange: (ids: number[]) => void }) {
  const { t } = useTranslation("autopilot");
  const [words, setWords] = useState("");
  const [picked, setPicked] = useState<readonly Known[]>([]);
  const q = useDeferredValue(words.trim());
  const asked = api.useQuery("get", "/api/campaigns", { params: { query: { q, state: ["running", "paused", "ended"], limit: 50 } } }, { placeholderData: (old) => old });
  const found = asked.data?.items ?? [];
  const names = new Map([...found, ...picked, ...compared].map((row) => [row.id, row.name]));
  const isFull = ids.length >= MOST;
  const options = [...new Set([...found.map((row) => row.id), ...ids])].map((id) => ({ value: id, label: names.get(id) ?? `#${id}`, disabled: isFull && !ids.includes(id) }));
  const choose = (next: number[]) => {
    setPicked(next.map((id) => ({ id, name: names.get(id) ?? `#${id}` })));
    setWords("");
    onChange(next);
  };
  return (
    <div className="compare-picker">
      <Select<number[]>
        mode="multiple"
        showSearch={{ filterOption: false, searchValue: words, onSearch: setWords }}
        value={ids}
        onChange={choose}
        options={options}
        maxCount={MOST}
        aria-label={t("compare.choose")}
        placeholder={t("compare.add")}
        notFoundContent={t("list.noneFit")}
      />
      {isFull && <span className="soft">{t("compare.full")}</span>}
    </div>
  );
}

export function Component() {
  const { t } = useTranslation("autopilot");
  const [search, setSearch] = useSearchParams();
  const ids = [...new Set(search.getAll("id").map(Number))].filter((id) => Number.isInteger(id) && id > 0);
  const isEnough = ids.length >= FEWEST;
  const asked = api.useQuery("get", "/api/campaigns/compare", { params: { query: { id: ids } } }, { enabled: isEnough, placeholderData: (old) => old });
  const show = (next: number[]) => setSearch(new URLSearchParams(next.map((id) => ["id", String(id)])), { replace: true });
  return (
    <Page title={t("compare.title")} lead={t("compare.lead")} help={<p>{t("help.compare")}</p>} actions={<LinkButton to="/campaigns">{t("campaigns")}</LinkButton>}>
      <Picker ids={ids} compared={asked.data?.items.map(({ row }) => row) ?? []} onChange={show} />
      {isEnough ? (
        <Answer of={asked} rows={10}>
          {(comparison) => <Body comparison={comparison} />}
        </Answer>
      ) : (
        <EmptyState title={t("compare.none")}>{t("compare.noneText")}</EmptyState>
      )}
    </Page>
  );
}
