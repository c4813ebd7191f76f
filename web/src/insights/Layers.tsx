/** All tags in one table, by layer: how many have one, how it is made, how it fades, what boosts it. */
import { SearchOutlined } from "@ant-design/icons";
import { Tag as Chip, Checkbox, Input, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { FilterFold } from "@/ui/FilterFold";
import { useCompany } from "@/ui/company";
import { Cut } from "@/ui/Cut";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { customersWith, useTagName, type Layer, type Tag } from "./names";

const LAYERS: readonly Layer[] = ["fact", "behaviour", "value", "prediction"];
const TRAITS = 24;

export function Layers({ onOpen }: { onOpen: (id: number) => void }) {
  const { t } = useTranslation("insights");
  const [layer, setLayer] = useState<Layer | "all">("all");
  const [text, setText] = useState("");
  const [isArchived, setArchived] = useState(false);
  const asked = api.useQuery("get", "/api/tags", { params: { query: { archived: isArchived } } });
  const fits = useFits(text);
  const known = asked.data?.filter((tag) => !isGone(tag));
  const shown = known?.filter((tag) => (layer === "all" || tag.layer === layer) && fits(tag)).toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer));
  const ids = new URLSearchParams([["archived", String(isArchived)], ...(shown ?? []).map((tag) => ["id", String(tag.id)])]);
  const isEmptyLayer = layer !== "all" && text === "" && !isArchived;
  // keys: layer.*
  const filters = (
    <>
      <Input className="tags-search" allowClear prefix={<SearchOutlined aria-hidden />} value={text} onChange={(event) => setText(event.target.value)} placeholder={t("list.search")} aria-label={t("list.search")} />
      <FilterFold set={Number(layer !== "all") + Number(isArchived)}>
        <Segmented<Layer | "all"> aria-label={t("list.which")} value={layer} onChange={setLayer} options={[{ value: "all", label: t("list.all") }, ...LAYERS.map((value) => ({ value, label: t(`layer.${value}.title`) }))]} />
        <Checkbox checked={isArchived} onChange={(event) => setArchived(event.target.checked)}>
          {t("archived")}
        </Checkbox>
      </FilterFold>
    </>
  );
  return (
    <>
      {layer !== "all" && <p className="soft tags-what">{t(`layer.${layer}.what`)}</p>}
      {layer === "fact" && !isArchived && <Traits />}
      <RecordTable<Tag>
        name={t("title")}
        columns={useColumns(onOpen)}
        rows={shown}
        rowKey={(tag) => tag.id}
        error={asked.error}
        onOpen={(tag) => onOpen(tag.id)}
        filters={filters}
        exportTo={`/api/tags/export?${ids.toString()}`}
        count={shown && t("list.count", { count: shown.length })}
        empty={isEmptyLayer ? { title: t(`layer.${layer}.title`), text: t(`layer.${layer}.none`) } : { title: t("list.none"), text: t("list.noneText") }}
      />
    </>
  );
}

/** Whether a tag's name or the words on how it is made hold a text. */
function useFits(text: string): (tag: Tag) => boolean {
  const name = useTagName();
  const made = useMade();
  const wanted = text.trim().toLowerCase();
  return (tag) => wanted === "" || [name(tag), tag.name, made(tag)].some((words) => words.toLowerCase().includes(wanted));
}

function useColumns(onOpen: (id: number) => void): Column<Tag>[] {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const name = useTagName();
  const made = useMade();
  return [
    {
      key: "name",
      title: t("list.name"),
      width: 280,
      render: (_value, tag) => (
        <button type="button" className="tags-name" onClick={() => onOpen(tag.id)} lang="und">
          <Cut text={name(tag)} width={260} />
        </button>
      ),
    },
    { key: "layer", title: t("list.layer"), width: 110, render: (_value, tag) => t(`layer.${tag.layer}.title`) },
    { key: "made", title: t("list.made"), render: (_value, tag) => <Cut text={made(tag)} width={420} /> },
    {
      key: "members",
      title: t("row.members"),
      width: 100,
      align: "right",
      render: (_value, tag) => (
        <Figure layout="bare" size="small" label={t("row.members")} explain={t("row.membersExplained")} exact={formats.exact(tag.members)}>
          <Link to={customersWith(tag.name)}>{formats.number(tag.members)}</Link>
        </Figure>
      ),
    },
    {
      key: "halfLife",
      title: t("row.halfLife"),
      width: 120,
      align: "right",
      render: (_value, tag) => (
        <Figure layout="bare" size="small" label={t("row.halfLife")} explain={t("row.halfLifeExplained")} tone={tag.half_life_days === null ? "muted" : "plain"}>
          {tag.half_life_days === null ? t("row.stays") : t("row.days", { days: formats.number(tag.half_life_days) })}
        </Figure>
      ),
    },
    { key: "boost", title: t("row.boost"), width: 90, align: "right", render: (_value, tag) => <Boost tag={tag} /> },
    { key: "seen", title: t("list.seen"), width: 150, render: (_value, tag) => (tag.failure ? <Chip color="error">{tag.failure.message}</Chip> : tag.refreshed_at ? <time dateTime={tag.refreshed_at} title={formats.moment(tag.refreshed_at)}>{formats.when(tag.refreshed_at, now())}</time> : <span className="soft">{"–"}</span>) },
  ];
}

function Boost({ tag }: { tag: Tag }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const at = now().getTime();
  const boost = tag.boosts.find((one) => Date.parse(one.starts_at) <= at && Date.parse(one.ends_at) > at);
  if (!boost) return <span className="soft">{"–"}</span>;
  return (
    <Figure layout="bare" size="small" label={t("row.boost")} explain={t("row.boostUntil", { when: formats.moment(boost.ends_at), reason: boost.reason })}>
      {`× ${formats.number(tag.boost)}`}
    </Figure>
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
