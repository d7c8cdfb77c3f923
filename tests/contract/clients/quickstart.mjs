// A client as people write it after the vendor's quickstart: fetch, no User-Agent of its own, the older field names.
// Usage: node quickstart.mjs BASE_URL KEY INTERVAL_MS PROMPT; prints one line of JSON.

class ImageClient {
  constructor(baseUrl, key, intervalMs) {
    this.root = `${baseUrl}/api/v1/gpt4o-image`;
    this.headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    this.intervalMs = intervalMs;
  }

  async post(path, body) {
    const response = await fetch(`${this.root}/${path}`, {
      method: "POST",
      headers: this.headers,
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok || answer.code !== 200) {
      throw new Error(`${path}: ${answer.msg ?? response.status}`);
    }
    return answer.data;
  }

  async generate(options) {
    return (await this.post("generate", options)).taskId;
  }

  async finished(taskId, patienceMs = 300000) {
    const end = Date.now() + patienceMs;
    while (Date.now() < end) {
      const response = await fetch(`${this.root}/record-info?taskId=${taskId}`, { headers: this.headers });
      const { code, msg, data } = await response.json();
      if (code !== 200) throw new Error(`record-info: ${msg}`);
      if (data.successFlag === 1) return data.response;
      if (data.successFlag === 2 || data.successFlag === 3) throw new Error(data.errorMessage || "failed");
      Number.parseFloat(data.progress).toFixed(2);
      await new Promise((resolve) => setTimeout(resolve, this.intervalMs));
    }
    throw new Error("out of patience");
  }

  async downloadUrl(imageUrl) {
    return (await this.post("download-url", { imageUrl })).downloadUrl;
  }
}

async function sizeOf(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the link answers ${response.status}`);
  return (await response.arrayBuffer()).byteLength;
}

const [, , baseUrl, key, intervalMs, prompt] = process.argv;
try {
  const client = new ImageClient(baseUrl, key, Number(intervalMs));
  const first = await client.generate({ prompt, size: "1:1", nVariants: 2, isEnhance: true, enableFallback: true });
  const painted = (await client.finished(first)).result_urls;
  const links = await Promise.all(painted.map((url) => client.downloadUrl(url)));
  const second = await client.generate({ filesUrl: [painted[0]], prompt: "make it night", size: "3:2" });
  const third = await client.generate({ filesUrl: [links[1]], prompt: "make it snow", size: "2:3" });
  const edited = [...(await client.finished(second)).result_urls, ...(await client.finished(third)).result_urls];
  const sizes = await Promise.all([...links, ...edited].map(sizeOf));
  console.log(JSON.stringify({ painted, links, edited, sizes }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
