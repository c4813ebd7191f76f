/** Where a new campaign begins: from a preset, from an earlier campaign, or from nothing. */
import { Button, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import "./start.css";

type Preset = components["schemas"]["Preset"];
type Business = Preset["business"] | "all";

const BUSINESSES: readonly Business[] = ["all", "e-commerce", "social", "content", "game"];
const DAY_MS = 86_400_000;

function useBegin() {
  const go = useNavigate();
  const create = api.useMutation("post", "/api/campaigns");
  const copy = api.useMutation("post", "/api/campaigns/{campaign_id}/duplicate");
  const open = async ({ id }: { id: number }) => {
    await refresh("/api/campaigns");
    void go(`/campaigns/${id}/edit`, { replace: true });
  };
  return {
    error: create.error ?? copy.error,
    isPending: create.isPending || copy.isPending,
    begin: (name: string, spec: { [key: string]: unknown }) => create.mutate({ body: { name, spec } }, { onSuccess: (made) => void open(made) }),
    duplicate: (id: number) => copy.mutate({ params: { path: { campaign_id: id } } }, { onSuccess: (made) => void open(made) }),
  };
}

/** The preset's fields with a deadline as far ahead as it proposes. */
function specOf(preset: Preset, now: Date): { [key: string]: unknown } {
  const deadline = new Date(now.getTime() + preset.days * DAY_MS).toISOString();
  return { ...preset.spec, goal: { ...(preset.spec["goal"] as object), deadline } };
}

export function Component() {
  const { t } = useTranslation("wizard");
  const { begin, duplicate, error, isPending } = useBegin();
  const { now } = useCompany();
  const tongue = useTranslation().i18n.language.startsWith("zh") ? "zh" : "en";
  const [business, setBusiness] = useState<Business>("all");
  const presets = api.useQuery("get", "/api/campaign-presets", {}, { staleTime: Infinity });
  // keys: business.*
  return (
    <Page title={t("start.title")} lead={t("start.lead")} help={<p>{t("start.help")}</p>}>
      {error && <ErrorNote error={error} />}
      <Section
        title={t("start.presets")}
        extra={<Segmented<Business> aria-label={t("start.business")} value={business} onChange={setBusiness} options={BUSINESSES.map((value) => ({ value, label: t(`business.${value}`) }))} />}
      >
        <Answer of={presets} rows={8}>
          {(found) => (
            <ul className="presets">
              {found
                .filter((preset) => business === "all" || preset.business === business)
                .map((preset) => (
                  <li key={preset.key}>
                    <PresetCard preset={preset} tongue={tongue} disabled={isPending} onChoose={() => begin(preset.name[tongue] ?? "", specOf(preset, now()))} />
                  </li>
                ))}
            </ul>
          )}
        </Answer>
      </Section>
      <div className="start-others">
        <Section title={t("start.copy")}>
          <p className="soft">{t("start.copyText")}</p>
          <Earlier onChoose={duplicate} disabled={isPending} />
        </Section>
        <Section title={t("start.blank")}>
          <p className="soft">{t("start.blankText")}</p>
          <Button disabled={isPending} onClick={() => begin(t("unnamed"), {})}>
            {t("start.blankGo")}
          </Button>
        </Section>
      </div>
    </Page>
  );
}

function PresetCard({ preset, tongue, disabled, onChoose }: { preset: Preset; tongue: "en" | "zh"; disabled: boolean; onChoose: () => void }) {
  const { t } = useTranslation("wizard");
  const goal = preset.spec["goal"] as { metric: string; event: string; dormant_days?: number };
  return (
    <button type="button" className="preset" disabled={disabled} onClick={onChoose}>
      <span className="preset-kind">{t(`business.${preset.business}`)}</span>
      <strong>{preset.name[tongue]}</strong>
      <span>{preset.about[tongue]}</span>
      <span className="preset-facts">
        {t("start.facts", { metric: t(`metric.${goal.metric}.name`), event: goal.event, count: preset.days })}
      </span>
      {preset.advice?.[tongue] && <span className="preset-advice">{preset.advice[tongue]}</span>}
    </button>
  );
}

function Earlier({ onChoose, disabled }: { onChoose: (id: number) => void; disabled: boolean }) {
  const { t } = useTranslation("wizard");
  const [typed, setTyped] = useState("");
  const campaigns = api.useQuery("get", "/api/campaigns", { params: { query: { q: typed, limit: 20 } } });
  // keys: state.*
  return (
    <Select
      className="start-earlier"
      aria-label={t("start.copy")}
      placeholder={t("start.copyChoose")}
      disabled={disabled}
      loading={campaigns.isFetching}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      value={null}
      options={(campaigns.data?.items ?? []).map(({ id, name, state }) => ({ value: id, label: `${name} · ${t(`state.${state}`)}` }))}
      onChange={(id: number | null) => id !== null && onChoose(id)}
      notFoundContent={t("start.copyNone")}
    />
  );
}
