import AssayCore
import Testing

@testable import AssayMeasure

struct MachineTests {
  private let x86 = """
    processor\t: 0
    vendor_id\t: AuthenticAMD
    model name\t: AMD EPYC 7763 64-Core Processor
    cpu MHz\t\t: 2450.000
    flags\t\t: fpu sse4_2 avx2 fma

    processor\t: 1
    model name\t: AMD EPYC 7763 64-Core Processor
    cpu MHz\t\t: 3100.500
    flags\t\t: fpu sse4_2 avx2 fma
    """
  private let arm = """
    processor\t: 0
    BogoMIPS\t: 243.75
    Features\t: fp asimd asimddp i8mm
    CPU implementer\t: 0x41
    CPU architecture: 8
    CPU part\t: 0xd40
    """

  @Test func processorsOfBothKindsAreRead() {
    let processor = Processor(cpuinfo: x86)
    #expect(processor.model == "AMD EPYC 7763 64-Core Processor")
    #expect(processor.features == CPUFeatures(flags: ["fpu", "sse4_2", "avx2", "fma"]))
    let other = Processor(cpuinfo: arm)
    #expect(other.model == "Arm part 0xd40" && other.features.hasInt8DotProduct)
    #expect(Processor(cpuinfo: "::\n\u{0}garbage\n:").model == "unknown processor")
    #expect(Processor(cpuinfo: "model name\t:").model == "unknown processor")
  }

  @Test func frequencyComesFromTheRightCPU() {
    #expect(frequency_MHz(ofCPU: 1, in: MachineFiles(["/proc/cpuinfo": x86])) == 3100.5)
    #expect(frequency_MHz(ofCPU: 2, in: MachineFiles(["/proc/cpuinfo": x86])) == nil)
    let path = "/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq"
    #expect(frequency_MHz(ofCPU: 1, in: MachineFiles([path: "2600000\n", "/proc/cpuinfo": x86])) == 2600)
    #expect(frequency_MHz(ofCPU: 1, in: MachineFiles([path: "<unknown>\n", "/proc/cpuinfo": x86])) == 3100.5)
    #expect(frequency_MHz(ofCPU: 0, in: MachineFiles(["/proc/cpuinfo": arm])) == nil)
  }

  @Test func stealIsReadForTheCPUsAsked() throws {
    let before = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 0 10 70 5 0 5 0 0 0\ncpu1 100 0 0 0 0 0 0 0 0 0\nintr 1 2\n"
    let after = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 20 0 10 70 5 0 5 30 0 0\ncpu1 150 0 0 0 0 0 0 10 0 0\nintr 1 2\n"
    func time(_ text: String, _ cpus: [Int]) -> ProcessorTime? { ProcessorTime(stat: text, cpus: cpus) }
    let (start, end) = (try #require(time(before, [0])), try #require(time(after, [0])))
    #expect(start.total == 100 && end.stealShare(since: start) == 0.75)
    let both = try #require(time(after, [0, 1]))
    let bothBefore = try #require(time(before, [0, 1]))
    #expect(both.stealShare(since: bothBefore) == 0.4)
    #expect(start.stealShare(since: end) == nil && start.stealShare(since: start) == nil)
    #expect(time(before, [2]) == nil && time(before, []) == nil)
    #expect(time("cpu0 1 2 3", [0]) == nil && time("cpu0 1 2 3 x 5 6 7 8", [0]) == nil)
    let largest = UInt64.max
    #expect(time("cpu0 \(largest) \(largest) 0 0 0 0 0 1", [0]) != nil, "counters may wrap, not crash")
  }

  @Test func cgroupVersion2TakesTheSmallestOfAllLevels() {
    let files = MachineFiles([
      "/proc/self/cgroup": "0::/user.slice/job\n",
      "/sys/fs/cgroup/user.slice/job/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/user.slice/job/memory.max": "4294967296\n",
      "/sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/user.slice/memory.max": "max\n",
    ])
    #expect(CgroupLimits.current(in: files) == CgroupLimits(cpus: 1.5, memory_B: 4_294_967_296))
  }

  @Test func cgroupVersion1IsReadAlsoInAContainer() {
    let files = MachineFiles([
      "/proc/self/cgroup": "4:memory:/docker/abc\n3:cpuset:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "536870912\n",
    ])
    #expect(CgroupLimits.current(in: files) == CgroupLimits(cpus: 2, memory_B: 536_870_912))
  }

  @Test(arguments: ["", "max", "0 0", "-1 100000", "x y", "100000", "1 2 3", "inf 1"])
  func noLimitAndNonsenseAreNoLimit(text: String) {
    let files = MachineFiles([
      "/proc/self/cgroup": "0::/\n1:cpu\nnonsense\n2:cpu:/../..\n", "/sys/fs/cgroup/cpu.max": text,
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
      "/sys/fs/cgroup/memory.max": text,
    ])
    let limits = CgroupLimits.current(in: files)
    #expect(limits.cpus == nil)
    #expect(limits.memory_B == (text == "100000" ? 100_000 : text == "1 2 3" ? 1 : nil))
  }

  @Test func theEnvironmentIsPutTogether() {
    let files = MachineFiles([
      "/proc/cpuinfo": x86, "/proc/meminfo": "MemTotal:       8000000 kB\nMemFree: 1 kB\n",
      "/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": "1000000",
      "/proc/sys/kernel/ostype": "Linux\n", "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
      "/proc/sys/kernel/hostname": "bench\n", "/proc/loadavg": "0.52 0.58 0.59 1/467 12345\n",
      "/etc/os-release": "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
    ])
    let engine = EngineIdentity(name: "null", version: "1", library: nil)
    let environment = currentEnvironment(engines: [engine], files: files)
    #expect(environment.cpuModel == "AMD EPYC 7763 64-Core Processor" && environment.memory_B == 1_000_000)
    #expect(environment.kernel == "Linux 6.1.0-18-amd64" && environment.host == "bench")
    #expect(environment.operatingSystem == "Debian GNU/Linux 12 (bookworm)" && environment.engines == [engine])
    #expect(environment.governor == nil && environment.cgroupCPUs == nil)
    #expect(loadAverage(in: files) == 0.52 && loadAverage(in: MachineFiles([:])) == nil)
    let bare = currentEnvironment(engines: [], files: MachineFiles([:]))
    #expect(bare.memory_B == nil && bare.kernel == "unknown" && bare.operatingSystem == "unknown")
    #expect(operatingSystemName(in: MachineFiles(["/etc/os-release": "PRETTY_NAME=\""])) == "\"")
  }

  @Test func thisMachineDescribesItself() {
    let environment = currentEnvironment(engines: [])
    #expect(!environment.allowedCPUs.isEmpty && environment.kernel.hasPrefix("Linux"))
    #expect((environment.memory_B ?? 0) > 1 << 20)
  }

  @Test func workersGetTheLastCPUsAndTheParentAnother() {
    let four = CPUAssignment(threads: 2, allowed: [0, 2, 4, 6], cgroupCPUs: nil)
    #expect(four.workers == [4, 6] && four.parent == 0 && four.threads == 2 && four.remarks.isEmpty)
    let one = CPUAssignment(threads: 1, allowed: [3], cgroupCPUs: 8)
    #expect(one.workers == [3] && one.parent == 3 && one.remarks.count == 1)
    let many = CPUAssignment(threads: 9, allowed: [0, 1], cgroupCPUs: nil)
    #expect(many.threads == 2 && many.workers == [0, 1] && many.remarks.count == 2)
    let quota = CPUAssignment(threads: 4, allowed: Array(0..<8), cgroupCPUs: 2.5)
    #expect(quota.threads == 2 && quota.workers == [6, 7] && quota.parent == 0)
    #expect(quota.remarks == ["4 threads asked for, 2 used: the cgroup grants 2.5 CPUs"])
    #expect(CPUAssignment(threads: 1, allowed: [0, 1], cgroupCPUs: 0.5).threads == 1)
    #expect(CPUAssignment(threads: 0, allowed: [0, 1], cgroupCPUs: nil).workers == [1])
    let unknown = CPUAssignment(threads: 3, allowed: [], cgroupCPUs: nil)
    #expect(unknown.threads == 3 && unknown.workers.isEmpty && unknown.parent == nil)
  }

  @Test func pinningRefusesWhatIsNoCPU() {
    #expect(!pin(to: []) && !pin(to: [-1]) && !pin(to: [1 << 40]) && !pin(to: [16_000]))
  }
}
