using System.Net.Http.Headers;
using System.Net.Sockets;
using ArchiveService.Attachments;
using ArchiveService.Http;

namespace ArchiveService.Features.Media;

/// <summary>A file being read from where it lies; dispose of it when it has been read.</summary>
public sealed class OpenedMedia(HttpResponseMessage answer, Stream bytes, string? declaredType) : IAsyncDisposable
{
    public Stream Bytes => bytes;

    public string? DeclaredType => declaredType;

    public async ValueTask DisposeAsync()
    {
        await bytes.DisposeAsync();
        answer.Dispose();
    }
}

/// <summary>Fetches files from addresses that somebody outside chose: the guarded client, and its answers in the words of <see cref="FetchVerdict"/>.</summary>
public sealed class MediaClient(MediaOptions options, TimeProvider clock) : IDisposable
{
    private const int SniffedBytes = 512;

    private readonly HttpClient client = GuardedHttp.Client(new(options.Timeout, options.MaxBytes, MediaOptions.Redirects, options.AllowPrivateAddresses, AllowHttp: true));

    public void Dispose() => client.Dispose();

    public async Task<(OpenedMedia? Media, FetchVerdict? Verdict)> Open(Uri address, CancellationToken ct)
    {
        HttpResponseMessage? answer = null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
            answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var declared = answer.Content.Headers.ContentType?.MediaType;
            var now = clock.GetUtcNow();
            var after = answer.Headers.RetryAfter is { } wanted ? wanted.Delta ?? (wanted.Date - now) : null;
            if (MediaAnswers.Of(answer.StatusCode, declared, address, now, after) is { } verdict) return Closed(verdict);
            var bytes = await answer.Content.ReadAsStreamAsync(ct);
            var start = new byte[SniffedBytes];
            var length = await bytes.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, ct);
            if (length == 0) return Closed(new(null, "empty"));
            if (MediaTypes.Sniff(start.AsSpan(0, length)) == MediaTypes.Html) return Closed(new(FetchOutcome.NotAFile, "web-page"));
            return (new OpenedMedia(answer, new Begun(start.AsMemory(0, length), bytes), declared is { Length: < 200 } ? declared : null), null);
        }
        catch (Exception error) when (Verdict(error, ct) is { } verdict)
        {
            return Closed(verdict);
        }
        catch
        {
            answer?.Dispose();
            throw;
        }

        (OpenedMedia?, FetchVerdict) Closed(FetchVerdict verdict)
        {
            answer?.Dispose();
            return (null, verdict);
        }
    }

    /// <summary>What went wrong while the answer was waited for or read; null when it is nothing that the other side did.</summary>
    public static FetchVerdict? Verdict(Exception error, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return null;
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpRefused { Code: "too-long" }:
                    return new(FetchOutcome.TooLarge, "too-long");
                case HttpRefused refused:
                    return new(FetchOutcome.Refused, refused.Code);
                case SocketException { SocketErrorCode: var code }:
                    return new(null, $"socket-{code.ToString().ToLowerInvariant()}");
            }
        }

        return error switch
        {
            OperationCanceledException => new(null, "timeout"),
            HttpRequestException { HttpRequestError: var kind } => new(null, $"request-{kind.ToString().ToLowerInvariant()}"),
            IOException or InvalidDataException => new(null, "broken-off"),
            InvalidOperationException or UriFormatException or NotSupportedException => new(FetchOutcome.Refused, "address"),
            _ => null,
        };
    }

    /// <summary>The bytes that were looked at, and the rest.</summary>
    private sealed class Begun(ReadOnlyMemory<byte> start, Stream rest) : Stream
    {
        private ReadOnlyMemory<byte> left = start;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (left.IsEmpty) return await rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(left.Length, buffer.Length);
            left[..count].CopyTo(buffer);
            left = left[count..];
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) rest.Dispose();
            base.Dispose(disposing);
        }
    }
}
