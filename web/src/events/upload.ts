/** Sending a file with progress; a connection that drops says so, and nothing of the file has been imported. */
import { ApiError, csrfToken, fetcher, type ErrorBody } from "@/api/client";
import type { components } from "@/api/schema";

export type Import = components["schemas"]["ImportOut"];
export type Target = Import["target"];
/** Order lines come as a connection of files: they can have options, and a file of them may come every night. */
export type Brought = Target | "orders";

type Connection = components["schemas"]["ConnectionDetail"];
const MOST_NAMES = 50;

export interface Upload<Made> {
  done: Promise<Made>;
  cancel: () => void;
}

export function upload(file: File, target: Target, onProgress: (share: number) => void): Upload<Import> {
  return sent<Import>("/api/imports", { target, name: file.name }, file, onProgress);
}

/** Put a file into a connection of its own; answers where it stands. */
export function uploadOrders(file: File, onProgress: (share: number) => void): Upload<Connection> {
  let going: Upload<unknown> | undefined;
  let isCancelled = false;
  const bring = async () => {
    const made = await connectionFor(file.name);
    if (!isCancelled) going = sent(`/api/connections/${made.id}/files`, {}, file, onProgress);
    await going?.done;
    return made;
  };
  return { done: bring(), cancel: () => ((isCancelled = true), going?.cancel()) };
}

/** A connection named like the file; with a number behind it where there is one already. */
async function connectionFor(name: string, place = 1): Promise<Connection> {
  const body = { name: place === 1 ? name : `${name} (${place})`, plugin: "files", target: "orders" as const, settings: {}, schedule_minutes: 0, allow_private: false };
  try {
    const { data } = await fetcher.POST("/api/connections", { body });
    return data as Connection;
  } catch (error) {
    const isTaken = error instanceof ApiError && error.body.field === "name" && place < MOST_NAMES;
    if (!isTaken) throw error;
    return connectionFor(name, place + 1);
  }
}

function sent<Made>(path: string, fields: Record<string, string>, file: File, onProgress: (share: number) => void): Upload<Made> {
  const request = new XMLHttpRequest();
  const done = new Promise<Made>((resolve, reject) => {
    const dropped = (code: "dropped" | "cancelled") => () => reject(new ApiError(0, { code, message: code }));
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = dropped("dropped");
    request.ontimeout = dropped("dropped");
    request.onabort = dropped("cancelled");
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) resolve(answer as Made);
      else reject(new ApiError(request.status, { code: `http_${request.status}`, message: request.statusText, ...(answer as Partial<ErrorBody>) }));
    };
  });
  const form = new FormData();
  Object.entries(fields).forEach(([name, value]) => form.append(name, value));
  form.append("file", file);
  request.open("POST", path);
  request.setRequestHeader("Accept-Language", document.documentElement.lang);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("X-Setpoint-Active", "1");
  request.send(form);
  return { done, cancel: () => request.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
