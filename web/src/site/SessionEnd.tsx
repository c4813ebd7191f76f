/** Before an idle session ends one is asked; after it has ended one signs in beside the page, and loses nothing. */
import { Button, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onApiError, refresh, request } from "@/api/client";
import { useMe } from "@/ui/me";

const WARN_S = 60;

function useSecondsLeft(): number {
  const me = useMe();
  const ends = new Date(me.session_ends_at).getTime();
  const [left, setLeft] = useState(Number.POSITIVE_INFINITY);
  useEffect(() => {
    const look = () => setLeft(Math.ceil((ends - Date.now()) / 1000));
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [ends]);
  return left;
}

/** Whether a request was refused because nobody is signed in any more. */
function useEnded(): [boolean, (ended: boolean) => void] {
  const [hasEnded, setEnded] = useState(false);
  useEffect(() => onApiError((error) => error.status === 401 && setEnded(true)), []);
  return [hasEnded, setEnded];
}

export function SessionEnd() {
  const { t } = useTranslation("site");
  const left = useSecondsLeft();
  const [hasEnded, setEnded] = useEnded();
  const isNear = left <= WARN_S && left > 0;
  useEffect(() => {
    if (isNear || left <= 0) void refresh("/api/me");
    // oxlint-disable-next-line react/exhaustive-deps -- asked twice: when the end is near, and when it has come
  }, [isNear, left <= 0]);
  const stay = () => void request("/api/me", { headers: { "X-Setpoint-Active": "1" } }).then(() => refresh("/api/me"));
  const goOn = () =>
    void request("/api/me").then(() => {
      setEnded(false);
      return refresh("/api");
    });
  if (hasEnded)
    return (
      <Modal open closable={false} title={t("session.ended")} footer={[<Button key="on" onClick={goOn}>{t("session.goOn")}</Button>, <Button key="in" type="primary" href="/sign-in?next=/signed-in" target="_blank">{t("session.signIn")}</Button>]}>
        <p>{t("session.endedText")}</p>
      </Modal>
    );
  return (
    <Modal open={isNear} onCancel={stay} title={t("session.ending", { count: Math.max(left, 0) })} footer={[<Button key="stay" type="primary" autoFocus onClick={stay}>{t("session.stay")}</Button>]}>
      <p>{t("session.endingText")}</p>
    </Modal>
  );
}
