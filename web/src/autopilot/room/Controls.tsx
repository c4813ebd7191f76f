/** The hand controls with the system's advice beside them. Every word is previewed before it is given. */
import { CheckOutlined, PauseOutlined, PlayCircleOutlined, SlidersOutlined, StopOutlined } from "@ant-design/icons";
import { App, Button } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { refresh } from "@/api/client";
import { useMay } from "@/ui/me";
import { useAdvice, type Room } from "../words";
import { ChangeDrawer } from "./ChangeDrawer";
import { TellModal, type PlainVerb } from "./TellModal";

type Verb = Room["controls"][number];

const ICONS: Record<Verb, ReactNode> = {
  approve: <CheckOutlined />,
  pause: <PauseOutlined />,
  resume: <PlayCircleOutlined />,
  change: <SlidersOutlined />,
  cancel: <StopOutlined />,
};

/** The buttons alone: beside the advice, and in the strip. */
export function ControlButtons({ room, size = "middle" }: { room: Room; size?: "small" | "middle" }) {
  const { t } = useTranslation("autopilot");
  const { message } = App.useApp();
  const [asked, ask] = useState<Verb>();
  const mayTell = useMay("campaigns:write");
  // The question stays until the page knows the new version: whoever goes on at once must not conflict with themselves.
  const done = (verb: Verb, words: string) => {
    void refresh("/api/campaigns", "/api/cockpit").then(() => {
      ask(undefined);
      void message.success(words || t(`done.${verb}`));
    });
  };
  if (!mayTell || room.controls.length === 0) return null;
  return (
    <>
      <div className="controls-buttons">
        {room.controls.map((verb) => (
          <Button key={verb} size={size} icon={ICONS[verb]} type={verb === "approve" || verb === "resume" ? "primary" : "default"} danger={verb === "cancel"} onClick={() => ask(verb)}>
            {t(`verb.${verb}`)}
            {/* keys: verb.*, done.* */}
          </Button>
        ))}
      </div>
      {asked === "change" && <ChangeDrawer room={room} onClose={() => ask(undefined)} onDone={(words) => done("change", words)} />}
      {asked && asked !== "change" && <TellModal verb={asked satisfies PlainVerb} room={room} onClose={() => ask(undefined)} onDone={(words) => done(asked, words)} />}
    </>
  );
}

export function Controls({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const advise = useAdvice(room.goal.metric);
  const mayTell = useMay("campaigns:write");
  if (room.controls.length === 0) return null;
  return (
    <section className="section controls" aria-label={t("controls.title")}>
      {mayTell ? <ControlButtons room={room} /> : <p className="soft">{t("controls.notYours")}</p>}
      {room.advice.map((one) => (
        <p key={one.code} className="controls-advice">
          {advise(one)}
        </p>
      ))}
    </section>
  );
}
