namespace ArchiveService.Fuzzing;

/// <summary>Numbers that a seed decides wholly, on every machine and in every version of .NET (SplitMix64).</summary>
public sealed class Dice(long seed)
{
    private ulong state = unchecked((ulong)seed);

    public int Below(int most) => (int)(Next() % (ulong)Math.Max(1, most));

    public bool OneIn(int times) => Below(times) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    private ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
