/**
 * Builds a segment from conditions in groups, each read as part of a sentence. Used by the segment page and the campaign
 * wizard: `<SegmentBuilder tree={tree} onChange={(tree) => ...} />`; `onChange` gets undefined while something is unfinished.
 */
import { CloseOutlined, MoreOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown, Segmented, Tag, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Condition } from "./Condition";
import { draftOf, isWhole, newCampaign, newConsent, newEvent, newGroup, newOther, newTag, newTrait, treeOf, type Draft, type GroupDraft, type Tree } from "./tree";
import "./segments.css";

const DEEPEST = 4;
// keys: add.*
const others = [
  { key: "tag", make: newTag },
  { key: "campaign", make: newCampaign },
  { key: "segment", make: () => newOther("segment") },
  { key: "snapshot", make: () => newOther("snapshot") },
] as const;

interface BuilderProps {
  /** The tree to begin with; a later one is taken only with another `key` on the component. */
  tree?: Tree | undefined;
  /** The tree whenever it changes, undefined while a condition is not filled in. */
  onChange: (tree: Tree | undefined) => void;
  isDisabled?: boolean;
}

export function SegmentBuilder({ tree, onChange, isDisabled = false }: BuilderProps) {
  const [draft, setDraft] = useState<GroupDraft>(() => draftOf(tree));
  const change = (next: GroupDraft) => {
    setDraft(next);
    onChange(isWhole(next) ? treeOf(next) : undefined);
  };
  return (
    <fieldset className="segment-builder" disabled={isDisabled}>
      <Group draft={draft} onChange={change} depth={0} />
    </fieldset>
  );
}

interface GroupProps {
  draft: GroupDraft;
  onChange: (draft: GroupDraft) => void;
  onRemove?: () => void;
  depth: number;
}

function Group({ draft, onChange, onRemove, depth }: GroupProps) {
  const { t } = useTranslation("segments");
  const put = (index: number, item: Draft) => onChange({ ...draft, items: draft.items.map((old, place) => (place === index ? item : old)) });
  const drop = (index: number) => onChange({ ...draft, items: draft.items.filter((_old, place) => place !== index) });
  const add = (item: Draft) => onChange({ ...draft, items: [...draft.items, item] });
  const label = depth === 0 ? t("group.top") : t("group.inner");
  return (
    <div className="segment-group" data-depth={depth} role="group" aria-label={label}>
      <div className="segment-group-head">
        <span>{draft.isNot ? t("group.not") : label}</span>
        <Segmented
          size="small"
          value={draft.match}
          onChange={(match) => onChange({ ...draft, match })}
          aria-label={t("group.match")}
          options={[
            { value: "all" as const, label: t("group.all") },
            { value: "any" as const, label: t("group.any") },
          ]}
        />
        <span>{t("group.of")}</span>
        {onRemove && <Tools isNot={draft.isNot} onNot={() => onChange({ ...draft, isNot: !draft.isNot })} onRemove={onRemove} />}
      </div>
      {draft.items.length === 0 && <p className="segment-group-empty">{depth === 0 ? t("group.everyone") : t("group.empty")}</p>}
      <ul className="segment-items">
        {draft.items.map((item, index) => (
          <li key={item.id} data-joint={index > 0 ? t(`joint.${draft.match}`) : undefined}>
            {item.kind === "group" ? (
              <Group draft={item} onChange={(next) => put(index, next)} onRemove={() => drop(index)} depth={depth + 1} />
            ) : (
              <div className="segment-line" data-whole={isWhole(item)}>
                {item.isNot && <Tag className="segment-not">{t("not")}</Tag>}
                <Condition draft={item} onChange={(next) => put(index, next)} />
                <Tools isNot={item.isNot} onNot={() => put(index, { ...item, isNot: !item.isNot })} onRemove={() => drop(index)} />
              </div>
            )}
          </li>
        ))}
      </ul>
      <div className="segment-add">
        <Button size="small" icon={<PlusOutlined />} onClick={() => add(newTrait())} autoFocus={depth > 0 && draft.items.length === 0}>
          {t("add.trait")}
        </Button>
        <Button size="small" icon={<PlusOutlined />} onClick={() => add(newEvent())}>
          {t("add.event")}
        </Button>
        <Button size="small" icon={<PlusOutlined />} onClick={() => add(newConsent())}>
          {t("add.consent")}
        </Button>
        <Dropdown menu={{ items: others.map(({ key, make }) => ({ key, label: t(`add.${key}`), onClick: () => add(make()) })) }} trigger={["click"]}>
          <Button size="small" icon={<PlusOutlined />}>
            {t("add.more")}
          </Button>
        </Dropdown>
        {depth < DEEPEST && (
          <Button size="small" type="text" icon={<PlusOutlined />} onClick={() => add(newGroup([], draft.match === "all" ? "any" : "all"))}>
            {t("add.group")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Tools({ isNot, onNot, onRemove }: { isNot: boolean; onNot: () => void; onRemove: () => void }) {
  const { t } = useTranslation("segments");
  const items = [{ key: "not", label: isNot ? t("tools.include") : t("tools.exclude"), onClick: onNot }];
  return (
    <span className="segment-tools">
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("tools.more")} />
      </Dropdown>
      <Tooltip title={t("tools.remove")}>
        <Button type="text" size="small" icon={<CloseOutlined />} onClick={onRemove} aria-label={t("tools.remove")} />
      </Tooltip>
    </span>
  );
}
