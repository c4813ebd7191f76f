/** A channel and a purpose in the reader's words; those that the company named itself stay as they are. */
import { useTranslation } from "react-i18next";

export interface Topic {
  channel: string;
  purpose: string;
}

export function useTopic() {
  const { t } = useTranslation("ui");
  // keys: topic.channel.* topic.purpose.*
  const channel = (name: string) => t(`topic.channel.${name}`, { defaultValue: name });
  const purpose = (name: string) => t(`topic.purpose.${name}`, { defaultValue: name });
  return { channel, purpose, of: (topic: Topic) => ({ channel: channel(topic.channel), purpose: purpose(topic.purpose) }) };
}
