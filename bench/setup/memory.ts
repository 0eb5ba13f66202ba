import { readFileSync } from "node:fs";

/** Resident memory of a process in MB, now and at its highest; Linux tells both. */
export function memoryOf(pid: number): { now: number; peak: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const megabytes = (field: string) =>
      Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1000;
    return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
  } catch {
    return undefined;
  }
}

/** Processor time of a process in milliseconds, user and system. */
export function processorOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    // Source: proc(5): utime and stime are the 14th and 15th field; a tick is 10 ms on Linux.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
