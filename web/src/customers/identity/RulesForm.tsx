/** What joins records on arrival, what a search compares, and above which probability. */
import { App, Button, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import type { Rule, Rules } from "./types";

export function RulesForm() {
  const asked = api.useQuery("get", "/api/identity/rules", {});
  return (
    <Answer of={asked} rows={10}>
      {(rules) => <Form key={rules.version} rules={rules} />}
    </Answer>
  );
}

function Form({ rules }: { rules: Rules }) {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const mayWrite = useMay("customers:write");
  const [draft, setDraft] = useState(rules);
  const save = api.useMutation("patch", "/api/identity/rules", {
    onSuccess: () => {
      void message.success(t("rules.saved"));
      void refresh("/api/identity/rules");
    },
  });
  const change = (kind: Rule["kind"], part: Partial<Rule>) => setDraft({ ...draft, rules: draft.rules.map((rule) => (rule.kind === kind ? { ...rule, ...part } : rule)) });
  const { version, columns, propose_above, automatic_above } = draft;
  const send = () => save.mutate({ body: { version, rules: draft.rules, columns, propose_above, automatic_above } });
  return (
    <div className="rules">
      <Section title={t("rules.joins")}>
        <p className="soft">{t("rules.joinsText")}</p>
        <RuleTable rules={draft.rules} isFixed={!mayWrite} onChange={change} />
      </Section>
      <Section title={t("rules.search")}>
        <SearchRules draft={draft} isFixed={!mayWrite} onChange={(part) => setDraft({ ...draft, ...part })} />
      </Section>
      {save.error && <ErrorNote error={save.error} />}
      {mayWrite && (
        <div className="identity-foot">
          <Button type="primary" loading={save.isPending} disabled={draft === rules} onClick={send}>
            {t("rules.save")}
          </Button>
        </div>
      )}
    </div>
  );
}

function RuleTable({ rules, isFixed, onChange }: { rules: Rule[]; isFixed: boolean; onChange: (kind: Rule["kind"], part: Partial<Rule>) => void }) {
  const { t } = useTranslation("identity");
  return (
    <div className="rules-scroll">
      <table className="rules-table">
        <thead>
          <tr>
            <th scope="col">{t("rules.kind")}</th>
            <th scope="col" title={t("rules.joinsExplain")}>{t("rules.joinsColumn")}</th>
            <th scope="col" title={t("rules.aloneExplain")}>{t("rules.alone")}</th>
            <th scope="col" title={t("rules.mostExplain")}>{t("rules.most")}</th>
            <th scope="col" title={t("rules.singleExplain")}>{t("rules.single")}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => {
            const name = t(`kind.${rule.kind}`);
            const label = (column: string) => t("rules.cell", { kind: name, column });
            return (
              <tr key={rule.kind}>
                <th scope="row">{name}</th>
                <td><Switch size="small" checked={rule.joins} disabled={isFixed} aria-label={label(t("rules.joinsColumn"))} onChange={(joins) => onChange(rule.kind, { joins })} /></td>
                <td><Switch size="small" checked={rule.alone} disabled={isFixed || !rule.joins} aria-label={label(t("rules.alone"))} onChange={(alone) => onChange(rule.kind, { alone })} /></td>
                <td><InputNumber size="small" min={1} max={100} value={rule.most} disabled={isFixed || !rule.joins} aria-label={label(t("rules.most"))} onChange={(most) => onChange(rule.kind, { most: most ?? 1 })} /></td>
                <td><Switch size="small" checked={rule.single} disabled={isFixed || rule.kind === "user_id"} aria-label={label(t("rules.single"))} onChange={(single) => onChange(rule.kind, { single })} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <dl className="rules-words soft">
        <dt>{t("rules.joinsColumn")}</dt><dd>{t("rules.joinsExplain")}</dd>
        <dt>{t("rules.alone")}</dt><dd>{t("rules.aloneExplain")}</dd>
        <dt>{t("rules.most")}</dt><dd>{t("rules.mostExplain")}</dd>
        <dt>{t("rules.single")}</dt><dd>{t("rules.singleExplain")}</dd>
      </dl>
    </div>
  );
}

function SearchRules({ draft, isFixed, onChange }: { draft: Rules; isFixed: boolean; onChange: (part: Partial<Rules>) => void }) {
  const { t } = useTranslation("identity");
  return (
    <div className="rules-search">
      <label>
        <span>{t("rules.columns")}</span>
        <Select
          mode="multiple"
          allowClear
          disabled={isFixed}
          value={draft.columns ?? []}
          onChange={(columns: string[]) => onChange({ columns: columns.length > 0 ? columns : null })}
          options={draft.known.map((value) => ({ value, label: value }))}
          placeholder={draft.compared.join(", ")}
          aria-label={t("rules.columns")}
        />
        <span className="soft">{t("rules.columnsExplain")}</span>
      </label>
      <label>
        <span>{t("rules.propose")}</span>
        <Percent value={draft.propose_above} least={1} isFixed={isFixed} label={t("rules.propose")} onChange={(share) => onChange({ propose_above: share ?? 0.5 })} />
        <span className="soft">{t("rules.proposeExplain")}</span>
      </label>
      <label>
        <span>{t("rules.automatic")}</span>
        <Percent value={draft.automatic_above} least={90} isFixed={isFixed} label={t("rules.automatic")} onChange={(share) => onChange({ automatic_above: share })} />
        <span className="soft">{t("rules.automaticExplain")}</span>
      </label>
    </div>
  );
}

function Percent({ value, least, isFixed, label, onChange }: { value: number | null; least: number; isFixed: boolean; label: string; onChange: (share: number | null) => void }) {
  const { t } = useTranslation("identity");
  const shown = value === null ? null : Math.round(value * 1000) / 10;
  return <InputNumber min={least} max={100} step={0.5} suffix="%" value={shown} disabled={isFixed} placeholder={t("rules.never")} aria-label={label} onChange={(next) => onChange(next === null ? null : next / 100)} />;
}
