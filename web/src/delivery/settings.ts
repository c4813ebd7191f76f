/** What a channel's form proposes, and how its settings hang together. */
import type { components } from "@/api/schema";

export type SettingField = components["schemas"]["ChannelSettingOut"];
export type Setting = string | number | boolean;
export type Settings = Record<string, Setting>;

const LOCAL = /^(localhost|.+\.localhost|127(\.\d+){3}|\[?::1\]?)$/i;

/** The settings with which the form of a new channel begins. */
export function begun(fields: readonly SettingField[]): Settings {
  return Object.fromEntries(fields.filter((field) => field.begins !== null).map((field) => [field.name, field.begins as Setting]));
}

/** The settings after one was chosen: those that go with it move along, unless the person has typed something else. */
export function followed(settings: Settings, fields: readonly SettingField[], name: string, value: Setting): Settings {
  const next = { ...settings, [name]: value };
  for (const field of fields) {
    const goesWith = field.follows[name];
    const moved = goesWith?.[String(value)];
    const isUntouched = Object.values(goesWith ?? {}).includes((settings[field.name] ?? field.default) as string | number);
    if (moved !== undefined && isUntouched) next[field.name] = moved;
  }
  return next;
}

/** Would mail leave this machine without encryption? */
export function travelsOpen(settings: Settings): boolean {
  const host = String(settings["host"] ?? "").trim();
  return (settings["security"] ?? "none") === "none" && host !== "" && !LOCAL.test(host);
}
