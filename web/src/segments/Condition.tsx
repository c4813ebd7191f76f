/** One condition of a segment as a line to fill in: a trait, an event, or what was agreed to. */
import { AutoComplete, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useTopic } from "@/ui/useTopic";
import { Compared, matches, opsOf } from "./Compared";
import { EventCondition } from "./EventCondition";
import { CampaignCondition, OtherCondition, RawCondition, TagCondition } from "./OtherConditions";
import type { ConsentDraft, LeafDraft, TraitDraft } from "./tree";
import { useCommonValues, useVocabulary } from "./vocabulary";

interface Props<D> {
  draft: D;
  onChange: (draft: D) => void;
}

export function Condition({ draft, onChange }: Props<LeafDraft>) {
  switch (draft.kind) {
    case "trait":
      return <TraitCondition draft={draft} onChange={onChange} />;
    case "event":
      return <EventCondition draft={draft} onChange={onChange} />;
    case "consent":
      return <ConsentCondition draft={draft} onChange={onChange} />;
    case "tag":
      return <TagCondition draft={draft} onChange={onChange} />;
    case "campaign":
      return <CampaignCondition draft={draft} onChange={onChange} />;
    case "segment":
    case "snapshot":
      return <OtherCondition draft={draft} onChange={onChange} />;
    case "raw":
      return <RawCondition tree={draft.tree} />;
  }
}

function TraitCondition({ draft, onChange }: Props<TraitDraft>) {
  const { t } = useTranslation("segments");
  const { traits } = useVocabulary();
  const common = useCommonValues(draft.trait);
  const kind = traits.find((one) => one.name === draft.trait)?.kind ?? "text";
  const choose = (trait: string) => {
    const found = traits.find((one) => one.name === trait)?.kind ?? "text";
    onChange({ ...draft, trait, op: opsOf(found).includes(draft.op) ? draft.op : "=", value: found === kind ? draft.value : null });
  };
  return (
    <>
      <AutoComplete
        className="condition-name"
        value={draft.trait}
        onChange={choose}
        options={traits.map((one) => ({ value: one.name }))}
        showSearch={{ filterOption: matches }}
        placeholder={t("trait.placeholder")}
        aria-label={t("trait.name")}
        autoFocus={draft.trait === ""}
      />
      <Compared kind={kind} op={draft.op} value={draft.value} common={common} onChange={(told) => onChange({ ...draft, ...told })} />
    </>
  );
}

function ConsentCondition({ draft, onChange }: Props<ConsentDraft>) {
  const { t } = useTranslation("segments");
  const { channels, purposes } = useVocabulary();
  const topic = useTopic();
  const listed = (known: string[], own: string, words: (name: string) => string) => [...new Set([...known, own])].map((value) => ({ value, label: words(value) }));
  return (
    <>
      <Select
        className="condition-op"
        value={draft.state}
        onChange={(state) => onChange({ ...draft, state })}
        popupMatchSelectWidth={false}
        aria-label={t("consent.state")}
        options={[
          { value: "granted" as const, label: t("consent.granted") },
          { value: "denied" as const, label: t("consent.denied") },
        ]}
      />
      <Select className="condition-name" value={draft.channel} onChange={(channel) => onChange({ ...draft, channel })} aria-label={t("consent.channel")} options={listed(channels, draft.channel, topic.channel)} />
      <span className="condition-word">{t("consent.for")}</span>
      <Select className="condition-value" value={draft.purpose} onChange={(purpose) => onChange({ ...draft, purpose })} aria-label={t("consent.purpose")} options={listed(purposes, draft.purpose, topic.purpose)} />
    </>
  );
}
