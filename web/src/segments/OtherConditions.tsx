/** Conditions of tags, campaigns, other segments and snapshots, and those that are kept as text. */
import { AutoComplete, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useTopic } from "@/ui/useTopic";
import { matches, OP_KEYS } from "./Compared";
import type { CampaignDraft, CountOp, Did, OtherDraft, TagDraft, Tree } from "./tree";
import { useVocabulary } from "./vocabulary";
import { WindowField } from "./WindowField";

interface Props<D> {
  draft: D;
  onChange: (draft: D) => void;
}

const COUNT_OPS: CountOp[] = [">", ">=", "=", "<=", "<", "!="];
const DIDS: Did[] = ["sent", "opened", "clicked", "responded", "held_out", "decided"];
const MOST = 200;

export function TagCondition({ draft, onChange }: Props<TagDraft>) {
  const { t } = useTranslation("segments");
  const { tags } = useVocabulary();
  return (
    <>
      <span className="condition-word">{t("tag.is")}</span>
      <AutoComplete
        className="condition-name"
        value={draft.tag}
        onChange={(tag: string) => onChange({ ...draft, tag })}
        options={tags.map((one) => ({ value: one.value }))}
        showSearch={{ filterOption: matches }}
        placeholder={t("tag.placeholder")}
        aria-label={t("tag.name")}
        autoFocus={draft.tag === ""}
      />
      <span className="condition-word">{t("tag.weight")}</span>
      <Select<CountOp>
        className="condition-op"
        value={draft.op}
        onChange={(op) => onChange({ ...draft, op })}
        popupMatchSelectWidth={false}
        aria-label={t("tag.op")}
        options={COUNT_OPS.map((op) => ({ value: op, label: t(`count.${OP_KEYS[op]}`) }))}
      />
      <InputNumber className="condition-number" step={0.1} value={draft.weight} onChange={(weight) => onChange({ ...draft, weight: weight ?? 0 })} aria-label={t("tag.weightLabel")} />
    </>
  );
}

export function CampaignCondition({ draft, onChange }: Props<CampaignDraft>) {
  const { t } = useTranslation("segments");
  const { channels } = useVocabulary();
  const topic = useTopic();
  const campaigns = api.useQuery("get", "/api/campaigns", { params: { query: { limit: MOST } } }).data?.items ?? [];
  const named = campaigns.map((one) => ({ value: one.id, label: one.name }));
  const isUnlisted = draft.campaign !== null && !named.some((one) => one.value === draft.campaign);
  const options = [{ value: 0, label: t("campaign.any") }, ...named, ...(isUnlisted ? [{ value: draft.campaign ?? 0, label: String(draft.campaign) }] : [])];
  return (
    <>
      <Select<Did>
        className="condition-did"
        value={draft.did}
        onChange={(did) => onChange({ ...draft, did })}
        popupMatchSelectWidth={false}
        aria-label={t("campaign.did")}
        // keys: campaignDid.*
        options={DIDS.map((did) => ({ value: did, label: t(`campaignDid.${did}`) }))}
      />
      <Select className="condition-name" value={draft.campaign ?? 0} onChange={(id) => onChange({ ...draft, campaign: id === 0 ? null : id })} aria-label={t("campaign.name")} options={options} showSearch={{ optionFilterProp: "label" }} autoFocus />
      {draft.did === "sent" && (
        <>
          <Select
            className="condition-op"
            value={draft.channel ?? ""}
            onChange={(channel) => onChange({ ...draft, channel: channel === "" ? null : channel })}
            aria-label={t("consent.channel")}
            popupMatchSelectWidth={false}
            options={[{ value: "", label: t("campaign.anyChannel") }, ...channels.map((value) => ({ value, label: topic.channel(value) }))]}
          />
          <InputNumber className="condition-number" min={1} precision={0} value={draft.variant} onChange={(variant) => onChange({ ...draft, variant })} aria-label={t("campaign.variant")} placeholder={t("campaign.variant")} />
          <InputNumber className="condition-number" min={1} precision={0} value={draft.offer} onChange={(offer) => onChange({ ...draft, offer })} aria-label={t("campaign.offer")} placeholder={t("campaign.offer")} />
        </>
      )}
      <WindowField window={draft.window} onChange={(window) => onChange({ ...draft, window })} />
    </>
  );
}

export function OtherCondition({ draft, onChange }: Props<OtherDraft>) {
  const { t } = useTranslation("segments");
  const segments = api.useQuery("get", "/api/segments", { params: { query: { limit: MOST } } }, { enabled: draft.kind === "segment" }).data?.items ?? [];
  const snapshots = api.useQuery("get", "/api/snapshots", {}, { enabled: draft.kind === "snapshot" }).data ?? [];
  const named = (draft.kind === "segment" ? segments : snapshots).map((one) => ({ value: one.id, label: one.name }));
  const isUnlisted = draft.of !== null && !named.some((one) => one.value === draft.of);
  const options = isUnlisted && draft.of !== null ? [...named, { value: draft.of, label: String(draft.of) }] : named;
  const label = draft.kind === "segment" ? t("other.segment") : t("other.snapshot");
  return (
    <>
      <span className="condition-word">{draft.kind === "segment" ? t("other.inSegment") : t("other.inSnapshot")}</span>
      <Select<number>
        className="condition-wide"
        value={draft.of}
        onChange={(of) => onChange({ ...draft, of })}
        aria-label={label}
        placeholder={label}
        options={options}
        notFoundContent={draft.kind === "segment" ? t("other.noSegment") : t("other.noSnapshot")}
        showSearch={{ optionFilterProp: "label" }}
        autoFocus={draft.of === null}
      />
    </>
  );
}

export function RawCondition({ tree }: { tree: Tree }) {
  const { t } = useTranslation("segments");
  return (
    <>
      <code className="condition-raw">{JSON.stringify(tree)}</code>
      <span className="condition-word">{t("raw.text")}</span>
    </>
  );
}
