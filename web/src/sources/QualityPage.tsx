/** How good the traits of customers are, over time; and the rules that clean them whatever source they come from. */
import { ReloadOutlined } from "@ant-design/icons";
import { App, Button, Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, refresh } from "@/api/client";
import { useCompany } from "@/ui/company";
import { Cut } from "@/ui/Cut";
import { Figure, type Tone } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { Answer } from "@/ui/States";
import { RulesEditor } from "./RulesEditor";
import { Trend } from "./Trend";
import type { Quality } from "./types";
import "./sources.css";

const ASK_MS = 10_000;
const GOOD = 0.95;
const FAIR = 0.8;
const STEADY = 0.1;
const OTHER = 0.25;

export function Component() {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const [search, setSearch] = useSearchParams();
  const mayWrite = useMay("imports:write");
  const found = api.useQuery("get", "/api/data-quality", {}, { refetchInterval: ASK_MS });
  const measure = api.useMutation("post", "/api/data-quality/measure", { onSuccess: () => void message.success(t("quality.asked")) });
  const meanings = Object.fromEntries((found.data?.traits ?? []).map((one) => [one.trait, one.meaning]));
  const tabs = [
    { key: "figures", label: t("quality.figures"), children: <Figures traits={found.data?.traits} error={found.error} /> },
    { key: "rules", label: t("quality.rules"), children: <SharedRules meanings={meanings} /> },
  ];
  const actions = mayWrite && (
    <Button icon={<ReloadOutlined />} loading={measure.isPending} onClick={() => measure.mutate({})}>
      {t("quality.measure")}
    </Button>
  );
  return (
    <Page title={t("quality.title")} lead={<Measured at={found.data?.measured_at} />} actions={actions} help={<><p>{t("quality.help.sample")}</p><p>{t("quality.help.rules")}</p></>}>
      <Tabs items={tabs} activeKey={search.get("tab") ?? "figures"} onChange={(tab) => setSearch({ tab }, { replace: true })} destroyOnHidden />
    </Page>
  );
}

function Measured({ at }: { at: string | null | undefined }) {
  const { t } = useTranslation("sources");
  const { when } = useFormats();
  const { now } = useCompany();
  return <>{at ? t("quality.lead", { when: when(at, now()) }) : t("quality.leadNever")}</>;
}

function Figures({ traits, error }: { traits: Quality[] | undefined; error: unknown }) {
  const { t } = useTranslation("sources");
  return (
    <RecordTable<Quality>
      name={t("quality.title")}
      columns={useColumns()}
      rows={traits}
      rowKey={(row) => row.trait}
      error={error}
      exportTo="/api/data-quality/export"
      count={traits && t("quality.count", { count: traits.length })}
      empty={{ title: t("quality.empty"), text: t("quality.emptyText") }}
    />
  );
}

const toneOf = (share: number): Tone => (share >= GOOD ? "plain" : share >= FAIR ? "attention" : "stop");
const driftTone = (drift: number | null): Tone => (drift === null || drift < STEADY ? "plain" : drift < OTHER ? "attention" : "stop");

function useColumns(): Column<Quality>[] {
  const { t } = useTranslation("sources");
  const { percent, number } = useFormats();
  const share = (name: "completeness" | "validity" | "uniqueness", isJudged: boolean): Column<Quality> => ({
    // keys: quality.completeness quality.validity quality.uniqueness quality.explain.*
    key: name,
    title: t(`quality.${name}`),
    width: 145,
    align: "right",
    render: (_, row) => (
      <span className="quality-cell">
        <Trend values={row.trend.map((point) => point[name])} />
        <Figure label={t(`quality.${name}`)} explain={t(`quality.explain.${name}`)} layout="bare" tone={isJudged ? toneOf(row.now[name]) : "plain"}>
          {percent(row.now[name], 1)}
        </Figure>
      </span>
    ),
  });
  return [
    { key: "trait", title: t("quality.trait"), width: 150, render: (_, row) => <strong>{row.trait}</strong> },
    // keys: quality.is.*
    { key: "meaning", title: t("quality.meaning"), width: 100, render: (_, row) => t(`quality.is.${row.meaning}`) },
    share("completeness", true),
    share("validity", true),
    share("uniqueness", false),
    {
      key: "fresh",
      title: t("quality.freshness"),
      width: 120,
      align: "right",
      render: (_, row) =>
        row.now.freshness_days !== null && (
          <Figure label={t("quality.freshness")} explain={t("quality.explain.freshness")} layout="bare">
            {Math.round(row.now.freshness_days) === 0 ? t("quality.today") : t("quality.days", { count: Math.round(row.now.freshness_days), shown: number(Math.round(row.now.freshness_days)) })}
          </Figure>
        ),
    },
    {
      key: "drift",
      title: t("quality.drift"),
      width: 120,
      align: "right",
      render: (_, row) =>
        row.now.drift === null ? (
          <span className="soft">{t("quality.noDrift")}</span>
        ) : (
          <Figure label={t("quality.drift")} explain={t("quality.explain.drift")} layout="bare" tone={driftTone(row.now.drift)}>
            {number(row.now.drift)}
          </Figure>
        ),
    },
    { key: "examples", title: t("quality.unreadable"), render: (_, row) => row.examples.length > 0 && <span className="soft"><Cut text={row.examples.join(" · ")} width={150} /></span> },
  ];
}

function SharedRules({ meanings }: { meanings: Readonly<Record<string, string>> }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const held = api.useQuery("get", "/api/cleaning/rules");
  const save = api.useMutation("put", "/api/cleaning/rules", {
    onSuccess: () => {
      void refresh("/api/cleaning/rules");
      void message.success(t("rules.saved"));
    },
  });
  return (
    <Answer of={held}>
      {({ rules, version }) => <RulesEditor key={version} rules={rules} meanings={meanings} onSave={(next) => save.mutate({ body: { rules: next, version } })} isSaving={save.isPending} saveError={save.error} />}
    </Answer>
  );
}
