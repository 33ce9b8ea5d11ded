using ArchiveService.Sealing;

namespace ArchiveService.Features.Media;

/// <summary>Works the queue off, a few files at a time: one slow server does not keep the others waiting.</summary>
public sealed partial class MediaWorker(MediaQueue queue, FetchMedia fetch, MediaOptions options, AppendGate gate, ILogger<MediaWorker> logger) : BackgroundService
{
    private const int AtATime = 3;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Fetch ? Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => Work(stoppingToken))) : Task.CompletedTask;

    private async Task Work(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                while (!gate.IsClosed && await WorkOne(ct))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, error.GetType().Name);
            }

            await Task.Delay(TimeSpan.FromSeconds(2), ct);
        }
    }

    /// <summary>Fetches the next due file; false when there is none.</summary>
    public async Task<bool> WorkOne(CancellationToken ct)
    {
        if (await queue.Take(ct) is not { } media) return false;
        try
        {
            await fetch.Fetch(media, ct);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFile(logger, media.Attachment, error.GetType().Name, media.Attempts);
            await queue.Later(media, MediaOptions.Wait(media.Attempts), "unexpected", counted: false, ct);
        }

        return true;
    }

    [LoggerMessage(1321, LogLevel.Warning, "Files could not be fetched: {Problem}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string problem);

    [LoggerMessage(1322, LogLevel.Warning, "Attachment {Attachment} could not be fetched: {Problem} (attempt {Attempt}).")]
    private static partial void LogFile(ILogger logger, Guid attachment, string problem, int attempt);
}
