/** Take a merge back, with a reason; or what became of it. */
import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { ErrorNote } from "@/ui/States";
import type { Merge } from "./types";

export function UndoButton({ merge }: { merge: Merge }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const { now } = useCompany();
  const mayWrite = useMay("customers:write");
  const [isOpen, setOpen] = useState(false);
  if (merge.undone_at) return <span className="soft" title={merge.undone_why}>{t("undo.done", { when: formats.when(merge.undone_at, now()), who: merge.undone_by })}</span>;
  if (!mayWrite) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)} aria-label={t("undo.label", { first: merge.first.name, second: merge.second.name })}>
        {t("undo.button")}
      </Button>
      {isOpen && <UndoDialog merge={merge} onClose={() => setOpen(false)} />}
    </>
  );
}

function UndoDialog({ merge, onClose }: { merge: Merge; onClose: () => void }) {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const [why, setWhy] = useState("");
  const undo = api.useMutation("post", "/api/identity/merges/{merge_id}/undo", {
    onSuccess: () => {
      void message.success(t("undo.apart"));
      void refresh("/api/identity", "/api/customers");
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t("undo.title", { first: merge.first.name, second: merge.second.name })}
      okText={t("undo.button")}
      cancelText={t("keep")}
      onCancel={onClose}
      confirmLoading={undo.isPending}
      onOk={() => undo.mutate({ params: { path: { merge_id: merge.id } }, body: { why } })}
    >
      <p>{t("undo.text")}</p>
      <Input value={why} maxLength={300} onChange={(event) => setWhy(event.target.value)} placeholder={t("undo.why")} aria-label={t("undo.why")} />
      {undo.error && <ErrorNote error={undo.error} />}
    </Modal>
  );
}
