/** Bring a file: choose what its rows are, drop it, see it go up. Nothing is imported before the next page says so. */
import { FileTextOutlined, InboxOutlined } from "@ant-design/icons";
import { Alert, Button, Progress, Radio } from "antd";
import { useEffect, useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { ApiError, refresh } from "@/api/client";
import { Page } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { upload, uploadOrders, type Brought, type Upload } from "./upload";
import "./events.css";

const BROUGHT: readonly Brought[] = ["customers", "events", "orders"];

interface Going {
  file: File;
  share: number;
  error?: unknown;
}

export function Component() {
  const { t } = useTranslation("events");
  const go = useNavigate();
  const [params] = useSearchParams();
  const [target, setTarget] = useState<Brought>(BROUGHT.find((one) => one === params.get("target")) ?? "customers");
  const [going, setGoing] = useState<Going>();
  const current = useRef<Upload<{ id: number }>>(undefined);
  const send = (file: File) => {
    setGoing({ file, share: 0 });
    const told = (share: number) => setGoing((old) => old && { ...old, share });
    const sent = target === "orders" ? uploadOrders(file, told) : upload(file, target, told);
    current.current = sent;
    sent.done.then(
      (made) => {
        void refresh(target === "orders" ? "/api/connections" : "/api/imports");
        void go(target === "orders" ? `/sources/${made.id}?tab=setup&look` : `/imports/${made.id}`);
      },
      (error: unknown) => setGoing((old) => (error instanceof ApiError && error.body.code === "cancelled" ? undefined : old && { ...old, error })),
    );
  };
  const targets = BROUGHT.map((one) => ({ value: one, label: t(`target.${one}`) }));
  return (
    <Page title={t("new.title")} lead={t("new.lead")} width="narrow" help={<p>{t("new.help")}</p>}>
      <Radio.Group value={target} onChange={(event) => setTarget(event.target.value as Brought)} options={targets} optionType="button" aria-label={t("new.what")} disabled={going !== undefined && going.error === undefined} />
      <p className="soft">{t(`new.about.${target}`)}</p>
      {going && going.error === undefined ? <Progressing going={going} onCancel={() => current.current?.cancel()} /> : <DropPlace onFile={send} />}
      {going?.error !== undefined && <Failure going={going} onAgain={() => send(going.file)} />}
    </Page>
  );
}

function Progressing({ going, onCancel }: { going: Going; onCancel: () => void }) {
  const { t } = useTranslation("events");
  const percent = Math.round(100 * going.share);
  return (
    <div className="import-going" role="status">
      <FileTextOutlined aria-hidden />
      <strong>{going.file.name}</strong>
      <Progress strokeColor="var(--accent)" percent={percent} aria-label={t("new.progress")} />
      <span className="soft">{percent < 100 ? t("new.uploading") : t("new.looking")}</span>
      <Button size="small" onClick={onCancel}>
        {t("new.cancel")}
      </Button>
    </div>
  );
}

function Failure({ going, onAgain }: { going: Going; onAgain: () => void }) {
  const { t } = useTranslation("events");
  const isDropped = going.error instanceof ApiError && going.error.status === 0;
  const again = (
    <Button size="small" onClick={onAgain}>
      {t("new.again", { name: going.file.name })}
    </Button>
  );
  if (!isDropped) return <ErrorNote error={going.error} onRetry={onAgain} />;
  return <Alert type="warning" showIcon title={t("new.dropped", { share: Math.round(100 * going.share) })} description={t("new.droppedRemedy")} action={again} />;
}

/** A place to drop a file; a file dropped anywhere on the page lands here too. */
function DropPlace({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation("events");
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = useRef(onFile);
  useEffect(() => {
    take.current = onFile;
  });
  useEffect(() => {
    const over = (event: globalThis.DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const drop = (event: globalThis.DragEvent) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) take.current(file);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return (
    <div className="import-drop" data-over={isOver} onDragLeave={(event: DragEvent) => event.currentTarget === event.target && setOver(false)}>
      <InboxOutlined aria-hidden />
      <strong>{t("new.drop")}</strong>
      <span className="soft">{t("new.kinds")}</span>
      <Link to="/sources/new" className="import-other">{t("new.other")}</Link>
      <Button type="primary" onClick={() => input.current?.click()}>
        {t("new.choose")}
      </Button>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={t("new.file")}
        accept=".csv,.tsv,.txt,.parquet,.xlsx,.xls,.ods,.jsonl,.ndjson"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
    </div>
  );
}
