/** Step two: who it is for, how many can be reached, and who else is writing to them. */
import { Radio, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { Section } from "@/ui/Page";
import { Loading } from "@/ui/States";
import { useTopic } from "@/ui/useTopic";
import { useWizard } from "./context";
import { Field } from "./Field";
import { EVERYONE, isEveryone, type Tree } from "./spec";
import { useAudience, useOverlaps, type AudienceAnswer } from "./useAnswers";

const SegmentBuilder = lazy(() => import("@/segments/SegmentBuilder").then((module) => ({ default: module.SegmentBuilder })));
const DISTURBING = 0.1;

export function AudienceStep() {
  const { t } = useTranslation("wizard");
  return (
    <Section id="audience" title={t("step.audience")}>
      <Who />
      <Count />
      <Overlaps />
      <Purpose />
    </Section>
  );
}

type Choice = "everyone" | "segment" | "own";

function Who() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const [choice, setChoice] = useState<Choice>(isEveryone(spec.audience) ? "everyone" : "segment");
  const choose = (next: Choice) => {
    setChoice(next);
    if (next === "everyone") set("audience", EVERYONE);
  };
  return (
    <Field path="audience" label={t("audience.who")} isGroup>
      {(ids) => (
        <>
          <Radio.Group {...ids} className="wizard-cards wizard-cards-three" value={choice} onChange={(event) => choose(event.target.value as Choice)}>
            <Radio value="everyone">
              <strong>{t("audience.everyone")}</strong>
              <span>{t("audience.everyoneText")}</span>
            </Radio>
            <Radio value="segment">
              <strong>{t("audience.segment")}</strong>
              <span>{t("audience.segmentText")}</span>
            </Radio>
            <Radio value="own">
              <strong>{t("audience.own")}</strong>
              <span>{t("audience.ownText")}</span>
            </Radio>
          </Radio.Group>
          {choice === "segment" && <SegmentChoice />}
          {choice === "own" && <OwnConditions />}
        </>
      )}
    </Field>
  );
}

function OwnConditions() {
  const { spec, set } = useWizard();
  const start = isEveryone(spec.audience) ? undefined : spec.audience;
  return (
    <div className="wizard-inset">
      <Suspense fallback={<Loading rows={3} />}>
        <SegmentBuilder tree={start} onChange={(tree) => tree && set("audience", tree)} />
      </Suspense>
    </div>
  );
}

function SegmentChoice() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const [typed, setTyped] = useState("");
  const segments = api.useQuery("get", "/api/segments", { params: { query: { limit: 50, q: typed } } }, { refetchOnWindowFocus: true });
  const found = segments.data?.items ?? [];
  const current = JSON.stringify(spec.audience);
  const chosen = found.find((segment) => JSON.stringify(segment.tree) === current);
  const words = api.useQuery(
    "post",
    "/api/segments/preview",
    { body: { tree: spec.audience as { [key: string]: unknown }, ticket: "" } },
    { enabled: !chosen && !isEveryone(spec.audience), retry: false },
  );
  const own = chosen || isEveryone(spec.audience) ? [] : [{ value: 0, label: t("audience.own") }];
  return (
    <div className="wizard-inset">
      <div className="wizard-inline">
        <Select
          className="wizard-wide"
          aria-label={t("audience.segment")}
          showSearch={{ filterOption: false, onSearch: setTyped }}
          loading={segments.isFetching}
          placeholder={t("audience.choose")}
          value={chosen?.id ?? (own.length ? 0 : undefined)}
          options={[...own, ...found.map(({ id, name }) => ({ value: id, label: name }))]}
          onChange={(id: number) => {
            const segment = found.find((one) => one.id === id);
            if (segment) set("audience", segment.tree as Tree);
          }}
          notFoundContent={t("audience.none")}
        />
        <LinkButton to="/segments/new" target="_blank">
          {t("audience.make")}
        </LinkButton>
      </div>
      <p className="wizard-hint">{chosen?.words ?? words.data?.words ?? t("audience.segmentHint")}</p>
    </div>
  );
}

function Count() {
  const { draft } = useWizard();
  const { data, isPlaceholderData } = useAudience(draft);
  if (!data) return <Loading rows={2} />;
  if (data.size === null) return null;
  return <Counted answer={data} size={data.size} isStale={isPlaceholderData} />;
}

function Counted({ answer, size, isStale }: { answer: AudienceAnswer; size: number; isStale: boolean }) {
  const { t } = useTranslation("wizard");
  const formats = useFormats();
  const share = (count: number) => (size ? formats.percent(count / size, 0) : "");
  return (
    <div className="wizard-figures" data-stale={isStale} aria-live="polite">
      <Figure label={t("audience.size")} explain={answer.is_narrowed ? t("audience.sizeNarrowed") : t("audience.sizeText")} exact={formats.exact(size)} size="large" tone={size ? "plain" : "stop"}>
        {formats.number(size)}
      </Figure>
      <Figure label={t("audience.reachable")} explain={t("audience.reachableText")} exact={formats.exact(answer.reach_any)} size="large" note={share(answer.reach_any)} tone={answer.reach_any ? "plain" : "stop"}>
        {formats.number(answer.reach_any)}
      </Figure>
      {answer.reach.length > 1 &&
        answer.reach.map(({ channel, reachable }) => (
          <Figure key={channel} label={t("audience.on", { channel })} explain={t("audience.onText", { channel })} exact={formats.exact(reachable)} note={share(reachable)}>
            {formats.number(reachable)}
          </Figure>
        ))}
      {size === 0 && <p className="wizard-note" data-kind="wrong">{t("audience.nobody")}</p>}
      {size > 0 && answer.reach_any === 0 && <p className="wizard-note" data-kind="wrong">{t("audience.unreachable")}</p>}
    </div>
  );
}

function Overlaps() {
  const { t } = useTranslation("wizard");
  const { draft } = useWizard();
  const formats = useFormats();
  const { data } = useOverlaps(draft);
  const found = data?.overlaps ?? [];
  if (!data) return null;
  if (!found.length) return <p className="wizard-hint">{t("audience.noOverlap")}</p>;
  return (
    <div className="wizard-overlaps">
      <h3>{t("audience.overlap")}</h3>
      <ul>
        {found.map((overlap) => (
          <li key={overlap.campaign_id} data-much={overlap.share_of_this >= DISTURBING}>
            <Trans
              t={t}
              i18nKey="audience.shared"
              values={{ name: overlap.name, count: formats.number(overlap.shared), share: formats.percent(overlap.share_of_this, 0) }}
              components={{ to: <Link to={`/campaigns/${overlap.campaign_id}`} /> }}
            />
          </li>
        ))}
      </ul>
      {found.some((overlap) => overlap.share_of_this >= DISTURBING) && (
        <p className="wizard-note" data-kind="warning">
          {t("audience.disturb")}
        </p>
      )}
    </div>
  );
}

function Purpose() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const vocabulary = api.useQuery("get", "/api/segments/vocabulary", {}, { staleTime: 300_000 });
  const topic = useTopic();
  const purposes = [...new Set(["marketing", spec.purpose, ...(vocabulary.data?.purposes ?? [])])].map((value) => ({ value, label: topic.purpose(value) }));
  return (
    <Field path="purpose" label={t("audience.purpose")} hint={t("audience.purposeHint")}>
      {({ status, ...ids }) => <Select {...ids} status={status} className="wizard-medium" value={spec.purpose} options={purposes} onChange={(purpose) => set("purpose", purpose)} />}
    </Field>
  );
}
