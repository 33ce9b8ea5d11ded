using System.Runtime.CompilerServices;
using ArchiveService.Capture.Mastodon;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>The account's stream, as it is told.</summary>
public sealed partial class MastodonPoller
{
    /// <summary>A server says that it lives every fifteen seconds.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(90);

    public async IAsyncEnumerable<PolledPage?> Listen(PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        const string asked = "/api/v1/streaming/user";
        var mark = MastodonMark.Read(order.Mark);
        var account = mark.Account ?? await AccountOf(new(order, clock), ct);
        using var request = Request(order, asked);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await order.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!answer.IsSuccessStatusCode) throw Problem(answer.StatusCode, null);
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        yield return null;
        await foreach (var told in MastodonEvents.Read(new Patient(stream, LongestSilence), ct))
        {
            if (told.Name is null)
            {
                yield return null;
                continue;
            }

            var around = new MastodonAround(OwnAccount: account, OwnPrefix: mark.Prefix);
            if (told.Name == "delete")
            {
                // Of others' items the stream tells too: what is not known here is none of the channel's.
                if (await items.Find(order.Channel.Id, Platform, told.Data.Trim(), ct) is not { } item) continue;
                around = around with { Item = item };
            }
            else
            {
                var statuses = MastodonAnswer.Glance(System.Text.Encoding.UTF8.GetBytes(told.Data));
                if (told.Name is "update" or "status.update")
                {
                    // The user's stream is their whole home page: the account's own, what answers it, and what is known already.
                    if (statuses is not [var one]) continue;
                    if (one.Account != account && one.ParentAccount != account && await items.Find(order.Channel.Id, Platform, one.Id, ct) is null) continue;
                }
                else if (told.Name is not ("notification" or "conversation"))
                {
                    continue;
                }

                await items.Remember(order.Channel.Id, Platform, "uri", [.. statuses.Select(s => (s.Id, s.Uri))], ct);
            }

            yield return new(MastodonForms.Event, asked, MastodonForms.Headers(around), told.Raw.ToArray(), null);
        }
    }

    /// <summary>A stream that fails when nothing comes for too long: a connection that is gone does not always say so.</summary>
    private sealed class Patient(Stream inner, TimeSpan longest) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(longest);
            return await inner.ReadAsync(buffer, limit.Token);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
