/** The four layers, each with its tags: how many have one, how it is made, how it fades, what boosts it. */
import { Checkbox, Tag as Chip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { customersWith, useTagName, type Layer, type Tag } from "./names";

const LAYERS: readonly Layer[] = ["fact", "behaviour", "value", "prediction"];
const TRAITS = 24;

export function Layers({ onOpen }: { onOpen: (id: number) => void }) {
  const { t } = useTranslation("insights");
  const [isArchived, setArchived] = useState(false);
  const asked = api.useQuery("get", "/api/tags", { params: { query: { archived: isArchived } } });
  // keys: layer.*
  return (
    <Answer of={asked} rows={12}>
      {(tags) => (
        <>
          {LAYERS.map((layer) => (
            <Section key={layer} title={t(`layer.${layer}.title`)} extra={<span className="soft tags-what">{t(`layer.${layer}.what`)}</span>}>
              {layer === "fact" && !isArchived && <Traits />}
              <TagList tags={tags.filter((tag) => tag.layer === layer && !isGone(tag))} onOpen={onOpen} none={t(`layer.${layer}.none`)} />
            </Section>
          ))}
          <Checkbox checked={isArchived} onChange={(event) => setArchived(event.target.checked)}>
            {t("archived")}
          </Checkbox>
        </>
      )}
    </Answer>
  );
}

/** A group that was found once and is no more. */
function isGone(tag: Tag): boolean {
  return "cluster" in tag.how && tag.members === 0;
}

function Traits() {
  const { t } = useTranslation("insights");
  const known = api.useQuery("get", "/api/customers/traits");
  const names = Object.keys(known.data ?? {});
  if (names.length === 0) return null;
  return (
    <p className="tags-traits">
      <span className="soft">{t("traits", { count: names.length })}</span>
      {names.slice(0, TRAITS).map((name) => (
        <Chip key={name} lang="und">
          {name}
        </Chip>
      ))}
      <Link to="/data-quality">{t("traitsMore")}</Link>
    </p>
  );
}

function TagList({ tags, onOpen, none }: { tags: Tag[]; onOpen: (id: number) => void; none: string }) {
  if (tags.length === 0) return <p className="soft tags-none">{none}</p>;
  return (
    <ul className="tags-list">
      {tags.map((tag) => (
        <Row key={tag.id} tag={tag} onOpen={onOpen} />
      ))}
    </ul>
  );
}

function Row({ tag, onOpen }: { tag: Tag; onOpen: (id: number) => void }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const name = useTagName();
  const made = useMade();
  const boost = tag.boosts.find((one) => Date.parse(one.starts_at) <= now().getTime() && Date.parse(one.ends_at) > now().getTime());
  return (
    <li className="tags-row">
      <span className="tags-name">
        <button type="button" onClick={() => onOpen(tag.id)} lang="und">
          {name(tag)}
        </button>
        <span className="soft">{made(tag)}</span>
      </span>
      <Figure label={t("row.members")} explain={t("row.membersExplained")} exact={formats.exact(tag.members)} size="small">
        <Link to={customersWith(tag.name)}>{formats.number(tag.members)}</Link>
      </Figure>
      <Figure label={t("row.halfLife")} explain={t("row.halfLifeExplained")} size="small">
        {tag.half_life_days === null ? t("row.stays") : t("row.days", { days: formats.number(tag.half_life_days) })}
      </Figure>
      <Figure label={t("row.boost")} explain={boost ? t("row.boostUntil", { when: formats.moment(boost.ends_at), reason: boost.reason }) : t("row.boostNone")} size="small">
        {boost ? `× ${formats.number(tag.boost)}` : "–"}
      </Figure>
      <span className="soft tags-when">{tag.failure ? <Chip color="error">{tag.failure.message}</Chip> : tag.refreshed_at ? t("row.refreshed", { when: formats.when(tag.refreshed_at, now()) }) : null}</span>
    </li>
  );
}

/** How a tag is made, in a sentence. */
export function useMade(): (tag: Tag) => string {
  const { t } = useTranslation("insights");
  return (tag) => {
    if (tag.words) return t("made.rule", { words: tag.words });
    if ("rfm" in tag.how) return t("made.rfm");
    if ("cluster" in tag.how) return t("made.cluster");
    if ("model" in tag.how) return t("made.model", { model: String(tag.how["model"]) });
    return tag.description || t("made.manual");
  };
}
