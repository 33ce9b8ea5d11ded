using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Quartz;

namespace ArchiveService.Features.Completeness;

/// <summary>Every night: each channel is compared with its platform, what came twice under two ids is linked, and the days that are over go into the ledger.</summary>
[DisallowConcurrentExecution]
public sealed partial class NightlyCompleteness(CompletenessRegister register, ComparePlatform compare, CloseDays closing, Records.LinkRecordsHandler links, AppendGate gate, ILogger<NightlyCompleteness> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var ct = cancellationToken;
        if (gate.IsClosed) return;
        foreach (var channel in await register.OpenChannels(ct))
        {
            try
            {
                await compare.Run(channel, ct);
                await links.LinkItems(channel, ct);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One channel's trouble keeps no other from being looked at.
                LogTrouble(logger, channel, error.GetType().Name);
            }
        }

        await closing.All(ct);
    }

    [LoggerMessage(1442, LogLevel.Warning, "Channel {Channel} could not be compared with its platform: {Error}.")]
    private static partial void LogTrouble(ILogger logger, Guid channel, string error);
}

/// <summary>Several times a day: channels of which something was missing at the last reading are read through once more, so that it does not take a night to know whether it is gone.</summary>
[DisallowConcurrentExecution]
public sealed partial class MissingItems(CompletenessRegister register, ComparePlatform compare, AppendGate gate, ILogger<MissingItems> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (gate.IsClosed) return;
        foreach (var channel in await register.WithMissing(cancellationToken))
        {
            try
            {
                await compare.Run(channel, cancellationToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, channel, error.GetType().Name);
            }
        }
    }

    [LoggerMessage(1443, LogLevel.Warning, "Channel {Channel} could not be compared with its platform once more: {Error}.")]
    private static partial void LogTrouble(ILogger logger, Guid channel, string error);
}
