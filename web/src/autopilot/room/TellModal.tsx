/** One word to a campaign: what it would do, the system's advice, and then what was done and what could not be recalled. */
import { Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { Loading } from "@/ui/States";
import { useAdvice, type Room } from "../words";
import { Refusal, versionNow } from "./Refusal";

export type PlainVerb = "approve" | "pause" | "resume" | "cancel";

interface Props {
  verb: PlainVerb;
  room: Room;
  onClose: () => void;
  onDone: (words: string) => void;
}

export function TellModal({ verb, room, onClose, onDone }: Props) {
  const { t } = useTranslation("autopilot");
  const advise = useAdvice(room.goal.metric);
  const path = { campaign_id: room.campaign.id };
  // The version that this person saw when they opened the question: whatever comes meanwhile is told, not overwritten.
  const [version, setVersion] = useState(room.campaign.version);
  const asked = api.useMutation("post", "/api/campaigns/{campaign_id}/advice");
  const tell = api.useMutation("post", "/api/campaigns/{campaign_id}/{verb}");
  const { mutate } = asked;
  useEffect(() => mutate({ params: { path: { campaign_id: room.campaign.id } }, body: { verb } }), [mutate, verb, room.campaign.id]);
  const confirm = () =>
    tell.mutate(
      { params: { path: { ...path, verb }, query: { version } } },
      {
        onSuccess: ({ answer }) => {
          const words = { count: answer.beyond_recall ?? 0, recalled: answer.recalled ?? 0 };
          onDone(t(answer.beyond_recall ? `doneBut.${verb}` : `done.${verb}`, words)); // keys: doneBut.*
        },
      },
    );
  const look = () => {
    setVersion(versionNow(tell.error) ?? room.campaign.version);
    tell.reset();
    mutate({ params: { path }, body: { verb } });
    void refresh("/api/campaigns");
  };
  return (
    <Modal
      open
      title={t(`ask.${verb}`, { name: room.campaign.name })}
      okText={t(`verb.${verb}`)}
      cancelText={t("leaveIt")}
      okButtonProps={{ danger: verb === "cancel", loading: tell.isPending, disabled: tell.isError }}
      onOk={confirm}
      onCancel={onClose}
    >
      {/* keys: ask.*, effect.* */}
      <p>{t(`effect.${verb}`)}</p>
      {asked.isPending && <Loading rows={3} />}
      <ul className="tell-advice">
        {asked.data?.map((one) => (
          <li key={one.code}>{advise(one)}</li>
        ))}
      </ul>
      <Refusal error={tell.error ?? asked.error} onLook={look} />
    </Modal>
  );
}
