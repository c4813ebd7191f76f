/** A customer's tags with their weights, why a weight is what it is, and how each came to be. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useTagName } from "@/insights/names";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { TagDialog } from "./TagDialog";
import { useUndo } from "./useUndo";
import "./facts.css";

export type Own = components["schemas"]["CustomerTagsOut"];
type CustomerTag = components["schemas"]["CustomerTagOut"];
type Moment = components["schemas"]["TagMomentOut"];

const FEW = 5;

export function TagsPanel({ id }: { id: number }) {
  const { t } = useTranslation("facts");
  const mayWrite = useMay("customers:write");
  const asked = api.useQuery("get", "/api/customers/{customer_id}/tags", { params: { path: { customer_id: id } } });
  const [edited, edit] = useState<CustomerTag | "new">();
  const add = mayWrite && (
    <Button size="small" type="text" icon={<PlusOutlined />} onClick={() => edit("new")}>
      {t("tag.add")}
    </Button>
  );
  return (
    <Section title={t("tag.title")} extra={add}>
      <Answer of={asked} rows={3}>
        {(own) => (
          <>
            <Tags id={id} own={own} onEdit={edit} />
            <History history={own.history} />
            {edited !== undefined && <TagDialog id={id} version={own.version} tag={edited === "new" ? undefined : edited} onClose={() => edit(undefined)} />}
          </>
        )}
      </Answer>
    </Section>
  );
}

function Tags({ id, own, onEdit }: { id: number; own: Own; onEdit: (tag: CustomerTag) => void }) {
  const { t } = useTranslation("facts");
  const mayWrite = useMay("customers:write");
  const name = useTagName();
  const undoable = useUndo();
  const put = api.useMutation("put", "/api/customers/{customer_id}/tags", { onSuccess: () => void refresh("/api/customers") });
  const path = { customer_id: id };
  const words = (tag: string, weight: number, version: number | null) => ({ params: { path }, body: { name: tag, weight, version } });
  const remove = (tag: CustomerTag) =>
    put.mutate(words(tag.name, 0, own.version), {
      onSuccess: (told) => undoable(t("tag.removed", { name: name(tag) }), () => put.mutateAsync(words(tag.name, Math.min(1, tag.weight / tag.boost), told.version))),
    });
  if (own.tags.length === 0) return <p className="soft">{t("tag.none")}</p>;
  return (
    <>
      {put.error && <ErrorNote error={put.error} />}
      <ul className="facts-tags">
        {own.tags.map((tag) => (
          <li key={tag.id} data-layer={tag.layer}>
            <span lang="und">{name(tag)}</span>
            <Weight tag={tag} />
            {mayWrite && tag.kind === "manual" && (
              <span className="facts-tag-tools">
                <Button size="small" type="text" aria-label={t("tag.changeOf", { name: tag.name })} onClick={() => onEdit(tag)}>
                  {t("change")}
                </Button>
                <Button size="small" type="text" aria-label={t("tag.removeOf", { name: tag.name })} onClick={() => remove(tag)} loading={put.isPending}>
                  {t("remove")}
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Weight({ tag }: { tag: CustomerTag }) {
  const { t } = useTranslation("facts");
  const formats = useFormats();
  const { now } = useCompany();
  const parts = [
    t("tag.given", { weight: formats.number(tag.given), when: formats.when(tag.since, now()) }),
    ...(tag.half_life_days === null ? [] : [tag.fades_from ? t("tag.fading", { days: formats.number(tag.half_life_days) }) : t("tag.held")]),
    ...(tag.boost === 1 ? [] : [t("tag.boosted", { factor: formats.number(tag.boost) })]),
  ];
  return (
    <Tooltip title={parts.join(" ")} trigger={["hover", "focus"]}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the explanation opens by focus too */}
      <span className="facts-weight" tabIndex={0}>
        <span className="facts-weight-bar" aria-hidden>
          <span style={{ width: `${tag.weight * 100}%` }} />
        </span>
        <span className="visually-hidden">{t("tag.weight")}</span>
        <span className="tabular">{tag.weight.toFixed(2)}</span>
      </span>
    </Tooltip>
  );
}

function History({ history }: { history: Moment[] }) {
  const { t } = useTranslation("facts");
  const { t: words } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const name = useTagName();
  const [isAll, showAll] = useState(false);
  if (history.length === 0) return null;
  // keys: insights:by.*
  return (
    <div className="facts-history">
      <h3>{t("tag.history")}</h3>
      <ul>
        {(isAll ? history : history.slice(0, FEW)).map((one, place) => (
          <li key={`${one.tag_id} ${one.at} ${place}`}>
            <time dateTime={one.at} title={formats.moment(one.at)}>
              {formats.when(one.at, now())}
            </time>
            <span lang="und">{name({ name: one.tag, how: one.how })}</span>
            <span className="tabular">{one.before === one.after ? t("tag.fadesNow", { weight: one.after.toFixed(2) }) : t("tag.step", { before: one.before.toFixed(2), after: one.after.toFixed(2) })}</span>
            <span className="soft" translate="no">{words(`by.${one.by}`, { who: one.actor, model: one.model, version: one.model_version })}</span>
          </li>
        ))}
      </ul>
      {history.length > FEW && !isAll && (
        <Button type="text" size="small" onClick={() => showAll(true)}>
          {t("tag.allHistory", { count: history.length })}
        </Button>
      )}
    </div>
  );
}
