/** What narrows the list: a word, a segment, when they last did something, and any conditions; each a chip. */
import { FilterOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Drawer, Input, Select, Tag, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useTagName } from "@/insights/names";
import { SegmentBuilder } from "@/segments/SegmentBuilder";
import { SegmentSummary } from "@/segments/SegmentSummary";
import type { Tree } from "@/segments/tree";
import { usePreview, useSettled } from "@/segments/usePreview";
import { FilterFold } from "@/ui/FilterFold";
import { useMay } from "@/ui/me";
import { LinkButton } from "@/ui/LinkButton";
import { ACTIVES, EVERYBODY, isNarrow, treeOfView, type Active, type View } from "./view";

interface Props {
  view: View;
  onChange: (change: Partial<View>) => void;
}

export function Filters({ view, onChange }: Props) {
  const { t } = useTranslation("customers");
  const maySegments = useMay("segments:read");
  const [isOpen, setOpen] = useState(false);
  const tree = treeOfView(view);
  return (
    <>
      <Search value={view.q} onChange={(q) => onChange({ q })} />
      <FilterFold set={[view.segment, view.tree, view.tag].filter(Boolean).length + Number(view.active !== EVERYBODY.active)}>
        {maySegments && <SegmentChoice value={view.segment} onChange={(segment) => onChange({ segment })} />}
        <Select<Active>
          value={view.active}
          onChange={(active) => onChange({ active })}
          aria-label={t("filter.active")}
          className="customers-active"
          options={ACTIVES.map((one) => ({ value: one, label: t(`filter.actives.${one}`) }))}
        />
        {maySegments && (
          <Button icon={<FilterOutlined />} onClick={() => setOpen(true)}>
            {t("filter.conditions")}
          </Button>
        )}
        <TagChoice value={view.tag} onChange={(tag) => onChange({ tag })} />
      </FilterFold>
      {tree && maySegments && <TreeChip tree={tree} onOpen={() => setOpen(true)} onRemove={() => onChange({ tree: "" })} />}
      {isNarrow(view) && (
        <Button type="link" size="small" onClick={() => onChange({ ...EVERYBODY, sort: view.sort })}>
          {t("filter.clear")}
        </Button>
      )}
      {isOpen && <Conditions tree={tree} onClose={() => setOpen(false)} onDone={(next) => onChange({ tree: next ? JSON.stringify(next) : "" })} />}
    </>
  );
}

function Search({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const { t } = useTranslation("customers");
  const [words, setWords] = useState(value);
  const settled = useSettled(words);
  const [seen, setSeen] = useState(value);
  const field = useRef<InputRef>(null);
  if (seen !== value) {
    setSeen(value);
    if (value !== settled) setWords(value);
  }
  useEffect(() => {
    if (settled !== value && settled === words) onChange(settled);
    // oxlint-disable-next-line react/exhaustive-deps -- only what the person typed is told
  }, [settled]);
  return (
    <Input prefix={<SearchOutlined aria-hidden />} ref={field} allowClear className="customers-search" value={words} maxLength={200} placeholder={t("filter.search")} aria-label={t("filter.search")} onChange={(event) => setWords(event.target.value)} />
  );
}

function SegmentChoice({ value, onChange }: { value: string; onChange: (segment: string) => void }) {
  const { t } = useTranslation("customers");
  const [words, setWords] = useState("");
  const q = useSettled(words);
  const listed = api.useQuery("get", "/api/segments", { params: { query: { q, limit: 50 } } });
  return (
    <Select
      allowClear
      showSearch={{ filterOption: false, onSearch: setWords }}
      className="customers-segment"
      aria-label={t("filter.segment")}
      placeholder={t("filter.segment")}
      value={value || undefined}
      onChange={(segment?: string) => onChange(segment ?? "")}
      options={listed.data?.items.map((one) => ({ value: String(one.id), label: one.name })) ?? []}
      notFoundContent={t("filter.noSegment")}
    />
  );
}

function TagChoice({ value, onChange }: { value: string; onChange: (tag: string) => void }) {
  const { t } = useTranslation("customers");
  const name = useTagName();
  const known = api.useQuery("get", "/api/tags");
  const options = (known.data ?? []).map((tag) => ({ value: tag.name, label: name(tag) }));
  if (options.length === 0 && !value) return null;
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      className="customers-segment"
      aria-label={t("filter.tag")}
      placeholder={t("filter.tag")}
      value={value || undefined}
      onChange={(tag?: string) => onChange(tag ?? "")}
      options={options}
    />
  );
}

function TreeChip({ tree, onOpen, onRemove }: { tree: Tree; onOpen: () => void; onRemove: () => void }) {
  const { t } = useTranslation("customers");
  const { preview } = usePreview(tree);
  const words = preview?.words ?? t("filter.conditions");
  return (
    <Tag closable={{ "aria-label": t("filter.remove") }} onClose={onRemove} className="customers-chip">
      <button type="button" onClick={onOpen} title={words}>
        {words}
      </button>
    </Tag>
  );
}

function Conditions({ tree, onClose, onDone }: { tree: Tree | undefined; onClose: () => void; onDone: (tree: Tree | undefined) => void }) {
  const { t } = useTranslation("customers");
  const mayWrite = useMay("segments:write");
  const [draft, setDraft] = useState(tree);
  const apply = () => {
    onDone(draft);
    onClose();
  };
  const foot = (
    <div className="customers-drawer-foot">
      <Button type="primary" onClick={apply}>
        {t("filter.apply")}
      </Button>
      {mayWrite && draft && <LinkButton to={`/segments/new?tree=${encodeURIComponent(JSON.stringify(draft))}`}>{t("filter.asSegment")}</LinkButton>}
    </div>
  );
  return (
    <Drawer open size={640} onClose={onClose} title={t("filter.conditionsTitle")} footer={foot}>
      <SegmentBuilder tree={tree} onChange={setDraft} />
      <div className="customers-drawer-summary">
        <SegmentSummary tree={draft ?? tree ?? { everyone: true }} />
      </div>
    </Drawer>
  );
}
