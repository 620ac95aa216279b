# Counted against measured speed-up: digits-cnn
# Run in this folder: gnuplot speed-up-digits-cnn-batch-1.gp
set encoding utf8
points = 'speed-up-digits-cnn-batch-1.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 1082,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'speed-up-digits-cnn-batch-1.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 2164,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'speed-up-digits-cnn-batch-1.png'
}
reset
set lmargin at screen 0.07394; set rmargin at screen 0.80951; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Counted against measured speed-up: digits-cnn' at screen 0.01479, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 1, single-stream' at screen 0.01479, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [0.7236965246094961:16.625634478739922] noextend
set logscale x
set xtics ('1.0' 1.0, '2.0' 2.0, '5.0' 5.0, '10' 10.0)
set yrange [0.9646782473046277:1.6249366855123426] noextend
set logscale y
set ytics ('1.0' 1.0, '1.2' 1.2000000000000002, '1.4' 1.4000000000000001, '1.6' 1.6)
set xlabel 'baseline''s multiply-accumulates / variant''s (weights that are not zero) (logarithmic)'
set ylabel 'baseline''s median latency / variant''s (logarithmic)' offset -0.5,0
set label '1' at screen 0.16251, screen 0.2149 center front font ',12' textcolor rgb '#000000'
set label '2' at screen 0.33649, screen 0.29081 center front font ',12' textcolor rgb '#000000'
set label '3' at screen 0.7463, screen 0.29054 center front font ',12' textcolor rgb '#000000'
set label '4' at screen 0.7029, screen 0.29173 center front font ',12' textcolor rgb '#000000'
set label '5' at screen 0.16251, screen 0.28594 center front font ',12' textcolor rgb '#000000'
set label '6' at screen 0.16457, screen 0.81597 center front font ',12' textcolor rgb '#000000'
set label '7' at screen 0.13921, screen 0.78742 center front font ',12' textcolor rgb '#000000'
set label '8' at screen 0.16457, screen 0.7649 center front font ',12' textcolor rgb '#000000'
set label '9' at screen 0.18305, screen 0.79292 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.15189, screen 0.79292 to screen 0.17776, screen 0.79292 nohead front linewidth 0.7 linecolor rgb '#999999'
set label '10' at screen 0.13682, screen 0.75523 center front font ',12' textcolor rgb '#000000'
set label '11' at screen 0.12837, screen 0.82014 center front font ',12' textcolor rgb '#000000'
set label '12' at screen 0.16595, screen 0.24763 center front font ',12' textcolor rgb '#000000'
set label '13' at screen 0.33992, screen 0.78932 center front font ',12' textcolor rgb '#000000'
set label '1' at screen 0.84278, screen 0.83214 right front font ',11' textcolor rgb '#555555'
set label 'baseline' at screen 0.85018, screen 0.83214 left front font ',11' textcolor rgb '#000000'
set label '2' at screen 0.84278, screen 0.79821 right front font ',11' textcolor rgb '#555555'
set label 'pruned-50' at screen 0.85018, screen 0.79821 left front font ',11' textcolor rgb '#000000'
set label '3' at screen 0.84278, screen 0.76429 right front font ',11' textcolor rgb '#555555'
set label 'pruned-90' at screen 0.85018, screen 0.76429 left front font ',11' textcolor rgb '#000000'
set label '4' at screen 0.84278, screen 0.73036 right front font ',11' textcolor rgb '#555555'
set label 'pruned-90-per-layer' at screen 0.85018, screen 0.73036 left front font ',11' textcolor rgb '#000000'
set label '5' at screen 0.84278, screen 0.69643 right front font ',11' textcolor rgb '#555555'
set label 'dynamic-int8' at screen 0.85018, screen 0.69643 left front font ',11' textcolor rgb '#000000'
set label '6' at screen 0.84278, screen 0.6625 right front font ',11' textcolor rgb '#555555'
set label 'int8' at screen 0.85018, screen 0.6625 left front font ',11' textcolor rgb '#000000'
set label '7' at screen 0.84278, screen 0.62857 right front font ',11' textcolor rgb '#555555'
set label 'int8-percentile' at screen 0.85018, screen 0.62857 left front font ',11' textcolor rgb '#000000'
set label '8' at screen 0.84278, screen 0.59464 right front font ',11' textcolor rgb '#555555'
set label 'int8-entropy' at screen 0.85018, screen 0.59464 left front font ',11' textcolor rgb '#000000'
set label '9' at screen 0.84278, screen 0.56071 right front font ',11' textcolor rgb '#555555'
set label 'int8-mse' at screen 0.85018, screen 0.56071 left front font ',11' textcolor rgb '#000000'
set label '10' at screen 0.84278, screen 0.52679 right front font ',11' textcolor rgb '#555555'
set label 'int8-per-tensor' at screen 0.85018, screen 0.52679 left front font ',11' textcolor rgb '#000000'
set label '11' at screen 0.84278, screen 0.49286 right front font ',11' textcolor rgb '#555555'
set label 'int8-signed-activations' at screen 0.85018, screen 0.49286 left front font ',11' textcolor rgb '#000000'
set label '12' at screen 0.84278, screen 0.45893 right front font ',11' textcolor rgb '#555555'
set label 'float16' at screen 0.85018, screen 0.45893 left front font ',11' textcolor rgb '#000000'
set label '13' at screen 0.84278, screen 0.425 right front font ',11' textcolor rgb '#555555'
set label 'pruned-int8' at screen 0.85018, screen 0.425 left front font ',11' textcolor rgb '#000000'
set arrow from screen 0.25676, screen 0.02857 to screen 0.29003, screen 0.02857 nohead front dashtype 2 linewidth 1.6 linecolor rgb '#009E73'
set label 'as fast as counted' at screen 0.29558, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.42521, screen 0.02857 front point pointtype 13 pointsize 1.0 linecolor rgb '#000000'
set label 'baseline' at screen 0.44, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.51676, screen 0.02857 front point pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
set label 'change shown' at screen 0.53155, screen 0.02857 left front font ',11' textcolor rgb '#000000'
plot points every :::0::0 using 1:4 with lines linewidth 1.6 dashtype 2 linecolor rgb '#009E73', points every :::1::1 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#000000', points every :::1::1 using 1:4 with points pointtype 13 pointsize 1.0 linecolor rgb '#000000', points every :::2::2 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#0072B2', points every :::2::2 using 1:4 with points pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
unset output
}
