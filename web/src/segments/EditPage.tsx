/** One segment: its name, its conditions, and beside them who that is now. */
import { App, Button, Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, ApiError, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { staleOf, StaleNote } from "@/ui/Stale";
import { useMay } from "@/ui/me";
import { Page, Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { Growth } from "./Growth";
import { Members } from "./Members";
import { CountStrip, PreviewPane } from "./PreviewPane";
import { SegmentBuilder } from "./SegmentBuilder";
import { Snapshots } from "./Snapshots";
import { TextForm } from "./TextForm";
import type { Tree } from "./tree";
import "./segments.css";

type Segment = components["schemas"]["SegmentOut"];

export function Component() {
  const { id } = useParams();
  const [query] = useSearchParams();
  return id === undefined ? <Editor segment={undefined} begin={handedOver(query.get("tree"))} /> : <Kept id={Number(id)} />;
}

/** The tree that another page hands over in the address; none where it is not one. */
function handedOver(text: string | null): Tree | undefined {
  try {
    const told: unknown = text === null ? undefined : JSON.parse(text);
    return typeof told === "object" && told !== null && !Array.isArray(told) ? (told as Tree) : undefined;
  } catch {
    return undefined;
  }
}

function Kept({ id }: { id: number }) {
  const asked = api.useQuery("get", "/api/segments/{segment_id}", { params: { path: { segment_id: id } } }, { refetchOnWindowFocus: false });
  return <Answer of={asked}>{(segment) => <Editor key={`${segment.id}`} segment={segment} />}</Answer>;
}

function Editor({ segment, begin }: { segment: Segment | undefined; begin?: Tree | undefined }) {
  const { t } = useTranslation("segments");
  const mayWrite = useMay("segments:write");
  const form = useSegmentForm(segment, begin);
  const [typings, setTypings] = useState(0);
  const takeTyped = (tree: Tree) => {
    form.setTree(tree);
    setTypings(typings + 1);
  };
  const title = segment?.name ?? t("edit.new");
  const actions = mayWrite && (
    <Button type="primary" onClick={form.save} loading={form.isSaving} disabled={form.tree === undefined || form.name.trim() === "" || !form.isChanged}>
      {t("edit.save")}
    </Button>
  );
  return (
    <Page title={title} lead={t("edit.lead")} actions={actions} help={<><p>{t("edit.help.conditions")}</p><p>{t("edit.help.not")}</p></>}>
      <div className="segment-edit">
        <div>
          {form.stale ? (
            <StaleNote stale={form.stale} onTheirs={form.takeTheirs} onMine={form.saveOver} />
          ) : (
            form.error !== undefined && <ErrorNote error={form.error} />
          )}
          <Section title={t("edit.conditions")}>
            <SegmentBuilder key={`${form.version}-${typings}`} tree={form.tree ?? segment?.tree} onChange={form.setTree} isDisabled={!mayWrite} />
          </Section>
          <TextForm tree={form.tree} onTree={takeTyped} isDisabled={!mayWrite} />
          <Section title={t("edit.about")}>
            <div className="segment-about">
              <label>
                <span>{t("edit.name")}</span>
                <Input value={form.name} onChange={(event) => form.setName(event.target.value)} maxLength={120} disabled={!mayWrite} placeholder={t("edit.namePlaceholder")} />
              </label>
              <label>
                <span>{t("edit.description")}</span>
                <Input.TextArea value={form.description} onChange={(event) => form.setDescription(event.target.value)} maxLength={1000} rows={1} className="grows" disabled={!mayWrite} placeholder={t("edit.descriptionPlaceholder")} />
              </label>
            </div>
          </Section>
          {segment && <Members segment={segment} />}
          {segment && <Growth segmentId={segment.id} />}
          {segment && <Snapshots segmentId={segment.id} />}
        </div>
        <PreviewPane tree={form.tree} segmentId={segment?.id} />
      </div>
      <CountStrip tree={form.tree} />
    </Page>
  );
}

/** What is typed, and how it is saved without overwriting what somebody else saved meanwhile. */
function useSegmentForm(segment: Segment | undefined, begin: Tree | undefined) {
  const { t } = useTranslation("segments");
  const { message } = App.useApp();
  const go = useNavigate();
  const [name, setName] = useState(segment?.name ?? "");
  const [description, setDescription] = useState(segment?.description ?? "");
  const [tree, setTree] = useState<Tree | undefined>((segment?.tree as Tree | undefined) ?? begin ?? { everyone: true });
  const [version, setVersion] = useState(segment?.version ?? 0);
  const [saved, setSaved] = useState(() => JSON.stringify([segment?.name, segment?.description, segment?.tree]));
  const create = api.useMutation("post", "/api/segments");
  const change = api.useMutation("patch", "/api/segments/{segment_id}");
  const adopt = (row: Segment) => {
    setName(row.name);
    setDescription(row.description);
    setTree(row.tree);
    setVersion(row.version);
    setSaved(JSON.stringify([row.name, row.description, row.tree]));
  };
  const saveAs = (seen: number) => {
    if (tree === undefined) return;
    const body = { name: name.trim(), description, tree };
    if (!segment) {
      const onSuccess = (made: Segment) => {
        void refresh("/api/segments");
        void message.success(t("done.saved"));
        void go(`/segments/${made.id}`, { replace: true });
      };
      create.mutate({ body }, { onSuccess });
      return;
    }
    const onSuccess = (made: Segment) => {
      adopt(made);
      void refresh("/api/segments");
      void message.success(t("done.saved"));
    };
    change.mutate({ params: { path: { segment_id: segment.id } }, body: { ...body, version: seen } }, { onSuccess });
  };
  const current = api.useQuery("get", "/api/segments/{segment_id}", { params: { path: { segment_id: segment?.id ?? 0 } } }, { enabled: false });
  const takeTheirs = () =>
    void current.refetch().then(({ data }) => {
      if (data) adopt(data);
      change.reset();
    });
  const error: unknown = change.error ?? create.error ?? undefined;
  const isChanged = !segment || JSON.stringify([name, description, tree]) !== saved;
  useLeaveGuard(isChanged && segment !== undefined);
  return {
    name, setName, description, setDescription, tree, setTree, version, isChanged, takeTheirs,
    error: error instanceof ApiError ? error : undefined,
    stale: staleOf(error),
    isSaving: create.isPending || change.isPending,
    save: () => saveAs(version),
    saveOver: saveAs,
  };
}

/** The browser asks before a tab with unsaved words is closed. */
function useLeaveGuard(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isOn]);
}
