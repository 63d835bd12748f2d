/** The page of the chat: text of others is only ever set as text. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chat</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
  li { list-style: none; margin: 0.25rem 0; }
  small { color: #777; margin-left: 0.5rem; }
  form { display: flex; gap: 0.5rem; }
  #text { flex: 1; }
  #note { color: #b00; min-height: 1.5em; }
</style>
<h1>Chat</h1>
<ul id="messages"></ul>
<form id="form">
  <input id="user" placeholder="name" size="10" maxlength="40" required>
  <input id="text" placeholder="hello friend" maxlength="2000" required>
  <button>Send</button>
</form>
<p id="note"></p>
<script type="module">
  const [messages, form, user, text, note] = ['messages', 'form', 'user', 'text', 'note'].map((id) => document.getElementById(id));
  const show = (message) => {
    const item = document.createElement('li');
    item.append(message.user + ': ' + message.text);
    for (const [language, translated] of Object.entries(message.translations ?? {})) {
      const other = document.createElement('small');
      other.textContent = language + ': ' + translated;
      item.append(other);
    }
    messages.append(item);
  };
  for (const message of await (await fetch('/messages')).json()) show(message);
  new EventSource('/events').onmessage = ({ data }) => show(JSON.parse(data));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const response = await fetch('/messages', { method: 'POST', body: JSON.stringify({ user: user.value, text: text.value }) });
    note.textContent = response.ok ? '' : (await response.json()).error;
    if (response.ok) text.value = '';
  };
</script>
</html>
`;
