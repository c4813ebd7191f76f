/** Sending a file with progress; a connection that drops says so, and nothing of the file has been imported. */
import { ApiError, csrfToken, type ErrorBody } from "@/api/client";
import type { components } from "@/api/schema";

export type Import = components["schemas"]["ImportOut"];
export type Target = Import["target"];

export interface Upload {
  done: Promise<Import>;
  cancel: () => void;
}

export function upload(file: File, target: Target, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Import>((resolve, reject) => {
    const dropped = (code: "dropped" | "cancelled") => () => reject(new ApiError(0, { code, message: code }));
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = dropped("dropped");
    request.ontimeout = dropped("dropped");
    request.onabort = dropped("cancelled");
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) resolve(answer as Import);
      else reject(new ApiError(request.status, { code: `http_${request.status}`, message: request.statusText, ...(answer as Partial<ErrorBody>) }));
    };
  });
  const form = new FormData();
  form.append("target", target);
  form.append("name", file.name);
  form.append("file", file);
  request.open("POST", "/api/imports");
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
